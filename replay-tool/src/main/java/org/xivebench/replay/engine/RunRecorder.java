package org.xivebench.replay.engine;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.xivebench.kvm.GuestProgram;
import org.xivebench.kvm.Injection;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.GuestContext.EventQueue;
import org.xivebench.kvm.device.GuestContext.GuestSource;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.kvm.swap.SwapStep;
import org.xivebench.kvm.swap.Swapper;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceRecorder;
import org.xivebench.replay.trace.TraceRecorder.Turn;
import org.xivebench.replay.trace.TraceWriter;

/**
 * Records a run with real threads as a trace that can be replayed in order: every guest operation,
 * every change that a device makes, and every swap is done and numbered in a turn of its own, one
 * at a time.
 *
 * <p>Lock order: the turn is outermost, outside {@code Vm.swapLock}. So a swap has the turn before
 * it closes the gate; a vCPU that waits for a turn looks at its kick meanwhile and leaves the guest
 * when it is told to. Sleeping (H_CEDE) and looking at the interrupt input change nothing that a
 * guest sees later and are no operations here.
 */
final class RunRecorder implements Closeable, Ledger.Settlements {
  private final TraceRecorder recorder;
  private final List<Integer> servers;

  /**
   * What became of interrupts since the last turn. Who finds out may hold locks that are inside of
   * the turn, and the order does not matter to a replay.
   */
  private final ConcurrentLinkedQueue<Settled> settled = new ConcurrentLinkedQueue<>();

  private final LongAdder cedes = new LongAdder();
  private Guest guest;

  /** The type that the swap under way goes to. Guarded by the turn. */
  private DeviceType swappingTo;

  private boolean swapRecorded;

  private record Settled(int source, int server, Ledger.Settlement what) {}

  /**
   * @param header of the trace that is replayed
   * @param out closed by {@link #close}
   */
  RunRecorder(TraceHeader header, OutputStream out) {
    recorder = new TraceRecorder(new TraceWriter(out, headerOf(header)));
    servers = header.servers();
  }

  /** Guests of a run of the bench use the IPIs' sources, which a trace of XICS mode has not. */
  private static TraceHeader headerOf(TraceHeader header) {
    TreeMap<Integer, Boolean> sources = new TreeMap<>();
    header.sources().forEach(source -> sources.put(source.number(), source.lsi()));
    for (int ipi = 0; ipi < header.vcpuCount(); ipi++) {
      sources.putIfAbsent(ipi, false);
    }
    List<TraceHeader.Source> list = new ArrayList<>();
    sources.forEach((number, lsi) -> list.add(new TraceHeader.Source(number, lsi)));
    return new TraceHeader(
        TraceHeader.VERSION,
        TraceMode.SWAPPED,
        "concurrent replay of " + header.origin(),
        header.firstSource(),
        header.servers(),
        list,
        Set.of());
  }

  void guest(Guest recorded) {
    guest = recorded;
  }

  /** A program whose operations are recorded. */
  GuestProgram recorded(int index, GuestProgram program) {
    return cpu -> program.run(new RecordingCpu(cpu.vcpu(), index, this));
  }

  /** A turn of a thread that is no vCPU's. */
  Turn turn() {
    return withSettled(recorder.turn(TraceEvent.NO_VCPU));
  }

  /** The turn of a vCPU's thread, or null if it does not come soon. */
  Turn tryTurn(int vcpu) {
    Turn turn = recorder.tryTurn(vcpu);
    return turn == null ? null : withSettled(turn);
  }

  @Override
  public void settled(Ledger.Account account, int server, Ledger.Settlement what) {
    int source = account.ipi ? servers.indexOf(account.number) : account.number;
    settled.add(new Settled(source, server < 0 ? servers.get(0) : server, what));
  }

  /** A vCPU has called H_CEDE or H_PROD, which is not recorded. */
  void ceded() {
    cedes.increment();
  }

  /** Returns how many calls were made that are not recorded. */
  long cedes() {
    return cedes.sum();
  }

  private Turn withSettled(Turn turn) {
    Settled next;
    while ((next = settled.poll()) != null) {
      turn.append(
          turn.begin(TraceKind.SETTLED)
              .set(TraceField.SOURCE, next.source())
              .set(TraceField.SERVER, next.server())
              .set(TraceField.SETTLEMENT, next.what().ordinal()));
    }
    return turn;
  }

  /** Records that a device has changed its line; in a turn. */
  void line(int source, boolean up) {
    try (Turn turn = turn()) {
      turn.append(
          turn.begin(TraceKind.SET_LINE)
              .set(TraceField.SOURCE, source)
              .set(TraceField.LEVEL, up ? 1 : 0));
    }
  }

  /** Swaps, in one turn. */
  SwapReport swap(Swapper swapper, DeviceType type) throws SwapException {
    Turn turn = turn();
    swappingTo = type;
    swapRecorded = false;
    try {
      return swapper.swapTo(type);
    } finally {
      swappingTo = null;
      turn.close();
    }
  }

  /** Records a swap when all vCPUs are outside and nothing has been changed yet. */
  SwapObserver observing(SwapObserver other) {
    return new SwapObserver() {
      @Override
      public void before(SwapStep step) {
        other.before(step);
      }

      @Override
      public void after(SwapStep step, Injection injection) {
        if (step == SwapStep.STOP_VCPUS && swappingTo != null && !swapRecorded) {
          swapRecorded = true;
          recordSwap();
        }
        other.after(step, injection);
      }

      @Override
      public InterruptState carried(SwapStep step, InterruptState state) {
        return other.carried(step, state);
      }
    };
  }

  private void recordSwap() {
    try (Turn turn = turn()) {
      for (GuestSource source : guest.sources()) {
        turn.append(
            turn.begin(TraceKind.GUEST_SOURCE)
                .set(TraceField.SOURCE, source.number())
                .set(TraceField.LEVEL, source.asserted() ? 1 : 0)
                .set(TraceField.MASKED, source.masked())
                .set(TraceField.ROUTED_SERVER, source.server())
                .set(TraceField.PRIORITY, source.priority())
                .set(TraceField.EISN, source.eisn())
                .set(TraceField.IN_SERVICE, guest.isInService(source.number())));
      }
      for (int server : guest.servers()) {
        EventQueue queue = guest.eventQueue(server);
        turn.append(
            turn.begin(TraceKind.GUEST_VCPU)
                .set(TraceField.SERVER, server)
                .set(TraceField.IN_SERVICE, guest.isIpiInService(server))
                .set(TraceField.CPPR, guest.cppr(server, IrqType.XIVE))
                .set(TraceField.XICS_CPPR, guest.cppr(server, IrqType.XICS))
                .set(TraceField.PRIORITY, queue.priority())
                .set(TraceField.GUEST_ADDRESS, queue.address())
                .set(TraceField.ORDER, queue.order())
                .set(TraceField.QUEUE_INDEX, guest.queueIndex(server))
                .set(TraceField.TOGGLE, guest.queueToggle(server)));
      }
      turn.append(
          turn.begin(TraceKind.CONTROLLER_SWAP).set(TraceField.DEVICE_TYPE, swappingTo.type()));
    }
  }

  /** Completes the trace with what the run came to. */
  void end(ReplayResult result) throws IOException {
    try (Turn turn = turn()) {
      Effort effort = result.effort();
      turn.append(
          turn.begin(TraceKind.RUN_EFFORT)
              .set(TraceField.HYPERCALLS, effort.hypercalls() - cedes())
              .set(TraceField.ESB_ACCESSES, effort.esbAccesses())
              .set(TraceField.TIMA_ACCESSES, effort.timaAccesses())
              .set(TraceField.QUEUE_ENTRIES, effort.queueEntries())
              .set(TraceField.RETRIGGERS, effort.retriggers()));
      for (Effort.ServerShare share : effort.deliveredByServer()) {
        turn.append(
            turn.begin(TraceKind.RUN_SHARE)
                .set(TraceField.SERVER, share.server())
                .set(TraceField.DELIVERED, share.delivered()));
      }
      turn.append(
          turn.begin(TraceKind.RUN_TOTALS)
              .set(TraceField.TRIGGERED, result.triggered())
              .set(TraceField.DELIVERED, result.delivered())
              .set(TraceField.COALESCED, result.coalesced())
              .set(TraceField.DROPPED, result.dropped())
              .set(TraceField.PENDING, result.pending())
              .set(TraceField.LOST, result.lost())
              .set(TraceField.INVENTED, result.invented()));
    }
    recorder.end();
  }

  @Override
  public void close() throws IOException {
    recorder.close();
  }
}
