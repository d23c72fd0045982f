package org.xivebench.replay.explore.scenario;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.replay.engine.Law;
import org.xivebench.replay.engine.LiveConfig;
import org.xivebench.replay.engine.LiveMachine;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.guest.Guest;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * What the actors of a scenario about swaps share: a machine, a guest's drivers on its vCPUs, and
 * the books in which every interrupt is entered. In the end, when the guest has nothing left to do,
 * the books are closed: nothing was lost and nothing invented.
 *
 * <p>A swap is ten times as long as a release, so the machine is as small as the story lets it be.
 */
public final class SwapStage implements StagedRun {
  /** Names what {@link #busy} counts, in schedules. */
  private static final String OTHERS = "what the others do";

  /** Of real threads; in an explored run who waits for ever is seen at once. */
  private static final long STALL_MILLIS = 10_000;

  private final DeviceType other;
  private final LiveMachine live;
  private final Map<String, Runnable> actors = new LinkedHashMap<>();

  /** Actors that may still give a vCPU something to do. Guarded by this, for real threads. */
  private int busy;

  /**
   * What the machine has.
   *
   * @param vcpus how many
   * @param edges how many sources; the first goes to vCPU 0
   * @param lines how many level-sensitive ones; the first goes to the vCPU after the last edge's
   */
  public record Machine(int vcpus, int edges, int lines) {
    /** One vCPU, and an edge that goes to it. */
    public static final Machine EDGE = new Machine(1, 1, 0);

    /** One vCPU, and a line that goes to it. */
    public static final Machine LINE = new Machine(1, 0, 1);

    /** Two vCPUs, and an edge that goes to the first. */
    public static final Machine TWO_VCPUS = new Machine(2, 1, 0);
  }

  SwapStage(DeviceType type, DeviceType other, Machine machine, VmConfig config) {
    this.other = other;
    VmConfig small = config.withMemoryBytes(Guest.memoryBytes(machine.vcpus()));
    try {
      this.live =
          LiveMachine.prepare(
              new LiveConfig(
                  machine.vcpus(), machine.edges(), machine.lines(), small, STALL_MILLIS),
              type);
    } catch (ReplayException e) {
      throw new IllegalStateException("the machine cannot be made: " + e.getMessage(), e);
    }
  }

  // ---- what there is

  @Override
  public Vm vm() {
    return live.vm();
  }

  /** Returns a vCPU by its number. */
  public Vcpu vcpu(int number) {
    return vm().vcpus().get(number);
  }

  private int edge() {
    return live.msis().get(0);
  }

  private int line() {
    return live.lsis().get(0);
  }

  /** Returns the file of the controller that there is now; null in the middle of a swap. */
  public DeviceFile file() {
    return live.machine().file();
  }

  // ---- before it begins, not scheduled, and also what actors do

  /** A device sends its edge. */
  public void trigger() {
    live.trigger(edge());
  }

  /** The device of the line wants an interrupt. */
  public void raise() {
    live.raise(line());
  }

  /** vCPU 0 masks the edge, now. */
  public void mask() {
    var unusedTask = live.mask(0, edge());
    live.runUntilIdle(0);
  }

  /** vCPU 0 unmasks the edge when it runs next. */
  public void unmaskNext() {
    var unusedTask = live.route(0, edge(), 0);
  }

  /** A vCPU sends an IPI when it runs next. */
  public void sendIpiNext(int from, int to) {
    var unusedTask = live.sendIpi(from, to);
  }

  /** Changes the controller to the other backend's. */
  public void swap() {
    try {
      live.swapped(live.swapper().swapTo(other));
    } catch (SwapException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  /** Runs the guest on a vCPU until there is nothing to do. */
  public void runUntilIdle(int vcpu) {
    live.runUntilIdle(vcpu);
  }

  /** Reads a vCPU's interrupt register, of the mode that it is found in. */
  public void readRegister(int vcpu) throws ErrnoException {
    OneReg unusedValue =
        vcpu(vcpu)
            .getOneReg(
                vcpu(vcpu).irqType() == IrqType.XICS
                    ? KvmUapi.KVM_REG_PPC_ICP_STATE
                    : KvmUapi.KVM_REG_PPC_VP_STATE);
  }

  /** Reads all debugfs files that there are. */
  public void readDebugfs() throws ErrnoException {
    for (String path : vm().debugfs().paths()) {
      String unusedText = vm().debugfs().open(path).read();
    }
  }

  // ---- the cast

  /**
   * Adds an actor that may give the guest something to do.
   *
   * @param name of its column
   * @param act what it does
   * @param allowed errnos that are right answers while the controller changes
   */
  public void actor(String name, Stage.Act act, Errno... allowed) {
    busy++;
    actors.put(
        name,
        () -> {
          try {
            act.run();
          } catch (ErrnoException e) {
            Stage.expect(e, allowed);
          }
          isDone();
        });
  }

  /** Adds the actor that changes the controller. */
  public void swapper() {
    actor("swapper", this::swap);
  }

  /**
   * Adds a vCPU: it handles what there is, and when all others have done their parts, what is left.
   */
  public void guest(int vcpu) {
    actors.put(
        vcpu(vcpu).toString(),
        () -> {
          live.runUntilIdle(vcpu);
          finish(vcpu);
        });
  }

  /** Adds a vCPU that runs only when all others have done their parts, and handles what is left. */
  public void lateGuest(int vcpu) {
    actors.put(vcpu(vcpu).toString(), () -> finish(vcpu));
  }

  /** Adds a vCPU that sleeps in H_CEDE when it has nothing to do, until somebody stops it. */
  public void sleepingGuest(int vcpu) {
    actors.put(vcpu(vcpu).toString(), () -> live.run(vcpu));
  }

  /**
   * Adds a vCPU's thread that changes the controller itself, between two times in the guest, and
   * handles what is left in the end.
   */
  public void guestThatSwaps(int vcpu) {
    busy++;
    actors.put(
        vcpu(vcpu).toString(),
        () -> {
          live.runUntilIdle(vcpu);
          swap();
          isDone();
          finish(vcpu);
        });
  }

  /** Waits until everything that was triggered has come to its handler. */
  public void awaitHandlers() {
    Schedule.spinUntil(live::isSettled, unsettled());
  }

  private void finish(int vcpu) {
    Schedule.spinUntil(this::noneIsBusy, OTHERS);
    live.runUntilIdle(vcpu);
  }

  private void isDone() {
    Schedule.point(PointKind.WRITE, OTHERS);
    synchronized (this) {
      busy--;
    }
  }

  private synchronized boolean noneIsBusy() {
    return busy == 0;
  }

  /** What the end waits for, as a report names it at the time that it is made. */
  private Object unsettled() {
    return new Object() {
      @Override
      public String toString() {
        Law law = live.law();
        return "handlers: "
            + law.triggered()
            + " triggered, "
            + law.coalesced()
            + " coalesced, "
            + law.dropped()
            + " dropped, "
            + law.delivered()
            + " delivered";
      }
    };
  }

  // ---- the run

  @Override
  public Map<String, Runnable> actors() {
    return actors;
  }

  @Override
  public void check() {
    Invariants.checkReports();
    LiveMachine.Result result = live.close();
    List<String> wrong =
        List.of(result.law().broken(), result.problems(), result.stuck()).stream()
            .flatMap(List::stream)
            .toList();
    if (!wrong.isEmpty()) {
      throw new AssertionError(String.join("; ", wrong));
    }
    if (result.law().pending() > 0) {
      throw new AssertionError(
          "the guest has nothing to do, but " + result.law().pending() + " interrupts wait");
    }
    Invariants.checkAfterRelease(vm());
  }

  @Override
  public String toString() {
    return Arrays.toString(actors.keySet().toArray());
  }
}
