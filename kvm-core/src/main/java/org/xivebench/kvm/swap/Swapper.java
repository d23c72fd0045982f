package org.xivebench.kvm.swap;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.release.ReleaseObserver;
import org.xivebench.kvm.release.ReleaseTimes;
import org.xivebench.kvm.swap.SwapException.Condition;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * Changes the interrupt controller of one VM while its vCPUs run, and carries the interrupt state
 * over. In Linux a mode switch happens at a machine reset and carries nothing; here it may fall
 * between any two guest operations.
 *
 * <p>{@code Vm.swapLock} is held throughout, outside everything else. The calling thread must not
 * be inside {@code Vcpu.run}: a vCPU thread that wants a swap leaves the guest first. The gate
 * stays closed from the first step to the last, also through the release in the middle, which
 * closes and opens it once more for itself.
 */
public final class Swapper {
  private static final long REPORT_AFTER_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Vm vm;
  private final SwapClient client;
  private final SwapObserver observer;

  /** What was captured when the VM was detached, or null. Guarded by {@code Vm.swapLock}. */
  private InterruptState kept;

  /** The name of the device type that {@link #kept} is from. */
  private String keptFrom;

  /**
   * @param vm the VM, not yet running or running
   * @param client the VMM's part
   * @param observer is told of each step
   */
  public Swapper(Vm vm, SwapClient client, SwapObserver observer) {
    this.vm = vm;
    this.client = client;
    this.observer = observer;
  }

  /**
   * Swaps to a device of another type, or to a new one of the same. If the VM is detached,
   * attaches.
   *
   * @throws SwapException if a step failed; says what the VM is left with
   */
  public SwapReport swapTo(DeviceType type) throws SwapException {
    vm.swapLock.lock();
    try {
      if (client.file() == null) {
        return putInFresh(type);
      }
      Run run = new Run();
      run.takeOut(client.file());
      run.putIn(type);
      return run.finish(type.name());
    } finally {
      vm.swapLock.unlock();
    }
  }

  /**
   * Takes the controller out and keeps its interrupt state: what happens when a backend goes away.
   * vCPUs run until their first access to the controller; injections are held. Does nothing if
   * there is none.
   *
   * @throws SwapException if a step failed; says what the VM is left with
   */
  public SwapReport detach() throws SwapException {
    vm.swapLock.lock();
    try {
      return takeOutAndKeep();
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** Detaches if the controller is of that type: its backend goes away. */
  void detachFrom(DeviceType type) throws SwapException {
    vm.swapLock.lock();
    try {
      DeviceFile file = client.file();
      if (file != null && file.device().deviceType() == type) {
        takeOutAndKeep();
      }
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** Attaches if the VM was detached from a backend of that name: it is back. */
  void attachIfDetachedFrom(DeviceType type) throws SwapException {
    vm.swapLock.lock();
    try {
      if (vm.isDetached() && type.name().equals(keptFrom)) {
        putInFresh(type);
      }
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** Returns whether interrupt state is kept for the next controller. */
  public boolean isDetached() {
    return vm.isDetached();
  }

  private SwapReport putInFresh(DeviceType type) throws SwapException {
    Run run = new Run();
    run.stopVcpus();
    run.putIn(type);
    return run.finish(type.name());
  }

  private SwapReport takeOutAndKeep() throws SwapException {
    Run run = new Run();
    if (client.file() != null) {
      run.takeOut(client.file());
      run.reopen();
    }
    return run.finish(null);
  }

  /** One swap on its way. */
  private final class Run {
    private final SwapEvent event = new SwapEvent();
    private final Map<SwapStep, Long> stepNanos = new EnumMap<>(SwapStep.class);
    private final long startNanos = System.nanoTime();
    private final ReleaseTimes releaseTimes = new ReleaseTimes();
    private List<Integer> lost = List.of();
    private long pauseNanos;
    private int flushed;
    private boolean gateClosed;
    private String from = keptFrom;

    Run() {
      event.begin();
    }

    /** Steps 1 to 4. Afterwards the state is kept, and the gate is closed. */
    void takeOut(DeviceFile file) throws SwapException {
      DeviceType type = file.device().deviceType();
      from = type.name();
      stopVcpus();
      try {
        step(SwapStep.HOLD_INJECTION, () -> vm.injection().hold());
        step(SwapStep.CAPTURE, () -> capture(type, file));
      } catch (ErrnoException | RuntimeException e) {
        flushed = vm.injection().flushTo(file.device());
        reopen();
        throw new SwapException(SwapStep.CAPTURE, Condition.UNCHANGED, e);
      }
      vm.setSwapping(true);
      vm.setDetached(true);
      try {
        step(SwapStep.RELEASE, () -> release(file));
      } catch (ErrnoException | RuntimeException e) {
        reopen();
        throw new SwapException(SwapStep.RELEASE, Condition.DETACHED, e);
      } finally {
        vm.setReleaseObserver(ReleaseObserver.NONE);
        vm.setSwapping(false);
      }
    }

    /** Steps 5 and 6. */
    void putIn(DeviceType type) throws SwapException {
      try {
        step(SwapStep.RESTORE, () -> restore(type));
      } catch (ErrnoException | RuntimeException e) {
        takeHalfRestoredOut();
        reopen();
        throw new SwapException(SwapStep.RESTORE, Condition.DETACHED, e);
      }
      kept = null;
      keptFrom = null;
      reopen();
    }

    void stopVcpus() {
      Schedule.point(PointKind.STEP, SwapStep.STOP_VCPUS);
      observer.before(SwapStep.STOP_VCPUS);
      long start = System.nanoTime();
      vm.gate().close();
      gateClosed = true;
      vm.kickAll();
      while (!vm.gate().awaitOutside(REPORT_AFTER_NANOS)) {
        vm.reportStuck("swap", vm.gate().inside());
        vm.kickAll();
      }
      stepNanos.put(SwapStep.STOP_VCPUS, System.nanoTime() - start);
      observer.after(SwapStep.STOP_VCPUS, vm.injection());
    }

    private void capture(DeviceType type, DeviceFile file) throws ErrnoException {
      InterruptState state = type.carrier().capture(vm, file, client.guest());
      lost = SwapReport.lostIn(state);
      kept = observer.carried(SwapStep.CAPTURE, state);
      keptFrom = type.name();
    }

    private void release(DeviceFile file) {
      vm.setReleaseObserver(releaseTimes);
      client.disconnect();
      while (!file.awaitReleased(REPORT_AFTER_NANOS)) {
        vm.reportStuck("swap", "a reference to " + file);
      }
    }

    private void restore(DeviceType type) throws ErrnoException {
      client.guest().enterMode(type.irqType());
      vm.setSwapping(true);
      try {
        DeviceFile file = client.connect(type);
        if (kept != null) {
          InterruptState state = observer.carried(SwapStep.RESTORE, kept);
          type.carrier().restore(vm, file, client.guest(), state);
        }
      } finally {
        vm.setSwapping(false);
      }
    }

    private void takeHalfRestoredOut() {
      DeviceFile half = client.file();
      if (half == null) {
        return;
      }
      vm.setSwapping(true);
      try {
        release(half);
      } finally {
        vm.setSwapping(false);
      }
    }

    void reopen() {
      observer.before(SwapStep.REOPEN);
      long start = System.nanoTime();
      DeviceFile now = client.file();
      if (now != null && kept == null) {
        flushed += vm.injection().flushTo(now.device());
        vm.setDetached(false);
      }
      if (gateClosed) {
        vm.gate().open();
        gateClosed = false;
      }
      long end = System.nanoTime();
      stepNanos.put(SwapStep.REOPEN, end - start);
      pauseNanos = end - startNanos;
      observer.after(SwapStep.REOPEN, vm.injection());
    }

    private void step(SwapStep step, StepBody body) throws ErrnoException {
      Schedule.point(PointKind.STEP, step);
      observer.before(step);
      long start = System.nanoTime();
      body.run();
      stepNanos.put(step, System.nanoTime() - start);
      observer.after(step, vm.injection());
    }

    SwapReport finish(String to) {
      SwapReport report =
          new SwapReport(from, to, stepNanos, releaseTimes.nanos(), pauseNanos, flushed, lost);
      event.end();
      if (event.shouldCommit()) {
        event.fill(vm, report);
        event.commit();
      }
      return report;
    }
  }

  @FunctionalInterface
  private interface StepBody {
    void run() throws ErrnoException;
  }
}
