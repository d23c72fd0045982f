package org.xivebench.xivenative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.xivebench.xivenative.NativeMachine.QUEUE_A;
import static org.xivebench.xivenative.NativeMachine.QUEUE_B;
import static org.xivebench.xivenative.NativeMachine.SERVER_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_B;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.CarriedSource.Event;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.device.InterruptState.CarriedIpi;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * Captures what a device holds, releases it, restores into a new one. Sources 0 and 1 are the IPIs
 * of A and B; A's queue has priority 6, B's too, as a guest with one priority has it.
 */
class XiveNativeStateCarrierTest {
  private static final int PRIORITY = 6;
  private static final int XICS_PRIORITY = 5;
  private static final int MSI = 12;
  private static final int OTHER = 13;
  private static final int LSI = 14;

  private final Guest guest = new Guest();
  private NativeMachine machine;

  @BeforeEach
  void device() throws ErrnoException {
    machine = new NativeMachine();
    setUp();
    for (int number : new int[] {0, 1, MSI, OTHER}) {
      machine.route(number, number == 1 || number == OTHER ? SERVER_B : SERVER_A, PRIORITY, number);
      machine.esbLoad(number, EsbOffset.SET_PQ_00);
    }
  }

  /**
   * A device with connected vCPUs, mapped pages and sources, as a VMM makes it before a restore.
   */
  private void setUp() throws ErrnoException {
    machine.connected();
    machine.setEq(SERVER_A, PRIORITY, EqConfig.fresh(16, QUEUE_A));
    machine.setEq(SERVER_B, PRIORITY, EqConfig.fresh(16, QUEUE_B));
    for (int number : new int[] {0, 1, MSI, OTHER, LSI}) {
      machine.source(number, number == LSI ? 1 : 0);
    }
    machine.map();
  }

  private InterruptState capture() throws ErrnoException {
    return machine.type.carrier().capture(machine.vm, machine.file, guest);
  }

  /** Puts a state into a new device, on zeroed queues. */
  private void restore(InterruptState state) throws ErrnoException {
    machine.unmap();
    machine.file.close();
    machine.vm.memory().clear(QUEUE_A, 1 << 16);
    machine.vm.memory().clear(QUEUE_B, 1 << 16);
    guest.read.clear();
    machine.file = machine.vm.createDevice(machine.type);
    setUp();
    machine.type.carrier().restore(machine.vm, machine.file, guest, state);
  }

  private static CarriedSource source(InterruptState state, int number) {
    return state.sources().stream().filter(s -> s.number() == number).findFirst().orElseThrow();
  }

  private CarriedSource carried(int number, boolean masked, Event event, boolean queued) {
    int server = number == OTHER ? SERVER_B : SERVER_A;
    return new CarriedSource(number, false, false, masked, server, XICS_PRIORITY, event, queued);
  }

  private static InterruptState fromXics(CarriedSource... sources) {
    return new InterruptState(IrqType.XICS, List.of(sources), List.of());
  }

  @Test
  void capture_idle_isNone_andLeavesTheDeviceAlone() throws ErrnoException {
    String before = machine.snapshot();

    InterruptState state = capture();

    assertEquals(IrqType.XIVE, state.capturedIn());
    assertEquals(Event.NONE, source(state, MSI).event());
    assertEquals(
        List.of(
            new CarriedIpi(SERVER_A, Event.NONE, false),
            new CarriedIpi(SERVER_B, Event.NONE, false)),
        state.ipis());
    assertEquals(before, machine.snapshot());
  }

  @Test
  void waitingAndQueued_carried_areBothDelivered() throws ErrnoException {
    machine.trigger(OTHER);
    machine.trigger(OTHER);

    InterruptState state = capture();
    assertEquals(Event.WAITING, source(state, OTHER).event());
    assertEquals(Event.NONE, source(state, MSI).event());
    restore(state);

    assertEquals(0x8000_0000 | OTHER, machine.entry(QUEUE_B, 0));
    assertEquals(0, machine.entry(QUEUE_A, 0));
    assertEquals(Pq.QUEUED, machine.esbLoad(OTHER, EsbOffset.GET));
    assertEquals(0x00ff_0200_ff00_00ffL, machine.b.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE).first());
  }

  @Test
  void inService_carried_acceptsItsEoi() throws ErrnoException {
    machine.trigger(MSI);
    guest.accept(MSI);
    machine.trigger(MSI);

    InterruptState state = capture();
    assertEquals(Event.IN_SERVICE, source(state, MSI).event());
    restore(state);

    assertEquals(0, machine.entry(QUEUE_A, 0), "not presented again");
    assertEquals(Pq.QUEUED, machine.esbLoad(MSI, EsbOffset.SET_PQ_00));
    assertEquals(0x0006_0000_ff00_00ffL, machine.a.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE).first());
  }

  @Test
  void pendingButNowhere_captured_isLost() throws ErrnoException {
    machine.esbLoad(MSI, EsbOffset.SET_PQ_10);

    InterruptState state = capture();
    assertEquals(Event.LOST, source(state, MSI).event());
    restore(state);

    assertEquals(Pq.RESET, machine.esbLoad(MSI, EsbOffset.GET), "not carried on");
  }

  @Test
  void ipi_waiting_isSentAgain() throws ErrnoException {
    machine.trigger(1);

    InterruptState state = capture();
    assertEquals(new CarriedIpi(SERVER_B, Event.WAITING, false), state.ipis().get(1));
    restore(state);

    assertEquals(0x8000_0001, machine.entry(QUEUE_B, 0));
    assertEquals(0, machine.entry(QUEUE_A, 0));
  }

  @Test
  void fromXics_priorityIsTranslated_andTheRouteIsThere() throws ErrnoException {
    restore(fromXics(carried(OTHER, false, Event.NONE, false)));

    machine.trigger(OTHER);

    assertEquals(0x8000_0000 | OTHER, machine.entry(QUEUE_B, 0));
  }

  @Test
  void masked_nothingUnderWay_isOff() throws ErrnoException {
    guest.masked.add(MSI);

    restore(fromXics(carried(MSI, true, Event.NONE, false)));

    assertEquals(Pq.OFF, machine.esbLoad(MSI, EsbOffset.GET));
  }

  @Test
  void masked_waiting_isKeptUnderTheMaskAndFoundAgain() throws ErrnoException {
    guest.masked.add(MSI);

    restore(fromXics(carried(MSI, true, Event.WAITING, false)));

    assertEquals(0, machine.entry(QUEUE_A, 0));
    assertEquals(Pq.PENDING, machine.esbLoad(MSI, EsbOffset.GET));
    assertEquals(Event.WAITING, source(capture(), MSI).event());
  }

  @Test
  void masked_twoEvents_areBothKeptUnderTheMask() throws ErrnoException {
    guest.masked.add(MSI);

    restore(fromXics(carried(MSI, true, Event.WAITING, true)));

    assertEquals(0, machine.entry(QUEUE_A, 0));
    assertEquals(Pq.QUEUED, machine.esbLoad(MSI, EsbOffset.GET));
    CarriedSource again = source(capture(), MSI);
    assertEquals(Event.WAITING, again.event());
    assertEquals(true, again.queued());
  }

  @Test
  void lsi_lineUpWithNothingUnderWay_isPresented() throws ErrnoException {
    CarriedSource up =
        new CarriedSource(LSI, true, true, false, SERVER_A, XICS_PRIORITY, Event.NONE, false);

    restore(fromXics(up));

    assertEquals(0x8000_0000 | LSI, machine.entry(QUEUE_A, 0));
  }

  @Test
  void lsi_lineUpAndInService_isNotPresentedTwice() throws ErrnoException {
    CarriedSource up =
        new CarriedSource(LSI, true, true, false, SERVER_A, XICS_PRIORITY, Event.IN_SERVICE, false);

    restore(fromXics(up));

    assertEquals(0, machine.entry(QUEUE_A, 0));
    assertEquals(Pq.PENDING, machine.esbLoad(LSI, EsbOffset.GET));
  }

  /** A guest with one priority in each mode, that has read nothing but what it accepts. */
  private final class Guest implements GuestContext {
    final Set<Integer> masked = new HashSet<>();
    private final Set<Integer> inService = new HashSet<>();
    private final Map<Integer, Integer> read = new HashMap<>();

    /** Takes an entry and does not end it. */
    void accept(int source) {
      read.merge(SERVER_A, 1, Integer::sum);
      inService.add(source);
    }

    @Override
    public List<GuestSource> sources() {
      List<GuestSource> all = new ArrayList<>();
      for (int number : new int[] {MSI, OTHER, LSI}) {
        int server = number == OTHER ? SERVER_B : SERVER_A;
        boolean lsi = number == LSI;
        all.add(
            new GuestSource(
                number, lsi, false, lsi || masked.contains(number), server, PRIORITY, number));
      }
      return all;
    }

    @Override
    public int[] servers() {
      return new int[] {SERVER_A, SERVER_B};
    }

    @Override
    public int ipiSource(int server) {
      return server == SERVER_A ? 0 : 1;
    }

    @Override
    public int ipiPriority(IrqType mode) {
      return PRIORITY;
    }

    @Override
    public int translatePriority(IrqType from, IrqType to, int priority) {
      return from == IrqType.XICS && priority == XICS_PRIORITY ? PRIORITY : priority;
    }

    @Override
    public boolean isInService(int source) {
      return inService.contains(source);
    }

    @Override
    public boolean isIpiInService(int server) {
      return false;
    }

    @Override
    public int cppr(int server, IrqType mode) {
      return server == SERVER_A && !inService.isEmpty() ? PRIORITY : 0xff;
    }

    @Override
    public EventQueue eventQueue(int server) {
      return new EventQueue(PRIORITY, server == SERVER_A ? QUEUE_A : QUEUE_B, 16);
    }

    @Override
    public void forEachUnread(int server, IntConsumer eisn) {
      long queue = server == SERVER_A ? QUEUE_A : QUEUE_B;
      int at = read.getOrDefault(server, 0);
      for (int entry = machine.entry(queue, at); entry < 0; entry = machine.entry(queue, ++at)) {
        eisn.accept(entry & 0x7fff_ffff);
      }
    }

    @Override
    public void enterMode(IrqType mode) {
      throw new AssertionError("only a swap enters a mode");
    }
  }
}
