package org.xivebench.kvm.swap;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.release.ReleaseObserver;
import org.xivebench.kvm.release.ReleaseTimes;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.swap.SwapException.Condition;
import org.xivebench.sync.Mutex;
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
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Vm vm;
  private final SwapClient client;
  private final SwapObserver observer;
  private final Carried carried;
  private volatile long patienceNanos = PATIENCE_NANOS;

  /** The step that runs now, or null. Written with {@code Vm.swapLock} held. */
  private volatile SwapStep current;

  /** What was captured when the VM was detached, or null. Guarded by {@code Vm.swapLock}. */
  private InterruptState kept;

  /** The name of the device type that {@link #kept} is from. */
  private String keptFrom;

  /**
   * Device types whose backend has gone. Somebody may have looked one up just before, and ask for
   * it now. Weak, so that this does not keep its classes. Guarded by {@code Vm.swapLock}.
   */
  private final Set<DeviceType> gone = Collections.newSetFromMap(new WeakHashMap<>());

  /**
   * @param vm the VM, not yet running or running
   * @param client the VMM's part
   * @param observer is told of each step
   */
  public Swapper(Vm vm, SwapClient client, SwapObserver observer) {
    this.vm = vm;
    this.client = client;
    this.observer = observer;
    this.carried = new Carried(vm.protocol());
  }

  /**
   * Changes how long a swap waits before it gives up, for vCPUs and for injections, or, for a
   * reference to the old device, goes on without it. Default: 30 s.
   */
  public void setPatienceNanos(long nanos) {
    patienceNanos = nanos;
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
      DeviceFile file = client.file();
      if (gone.contains(type)) {
        throw refused(file, type);
      }
      return file == null ? putInFresh(type) : replace(file, type);
    } finally {
      vm.swapLock.unlock();
    }
  }

  private SwapException refused(DeviceFile file, DeviceType type) {
    SwapException refusal =
        new SwapException(
            SwapStep.RESTORE, without(file), "cannot begin: backend " + type.name() + " has gone");
    String from = file == null ? keptFrom : file.device().deviceType().name();
    new SwapFailureEvent().commit(vm, from, type.name(), refusal);
    return refusal;
  }

  private Condition without(DeviceFile file) {
    if (file != null) {
      return Condition.UNCHANGED;
    }
    return kept == null ? Condition.NO_CONTROLLER : Condition.DETACHED;
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

  /** The backend of that type goes away: detaches if the controller is its, and refuses it. */
  void detachFrom(DeviceType type) throws SwapException {
    vm.swapLock.lock();
    try {
      gone.add(type);
      DeviceFile file = client.file();
      if (file != null && file.device().deviceType() == type) {
        SwapReport unusedReport = takeOutAndKeep();
      }
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** Only these types have a backend now: detaches if the controller is of another. */
  void detachUnlessFrom(Set<DeviceType> present) throws SwapException {
    vm.swapLock.lock();
    try {
      DeviceFile file = client.file();
      if (file != null && !present.contains(file.device().deviceType())) {
        gone.add(file.device().deviceType());
        SwapReport unusedReport = takeOutAndKeep();
      }
    } finally {
      vm.swapLock.unlock();
    }
  }

  /**
   * A backend has come: attaches to it if the VM is detached, and the backend still there.
   *
   * @param present the types that have a backend, changed before {@link #detachFrom} is called
   */
  void attachIfDetached(DeviceType type, Set<DeviceType> present) throws SwapException {
    vm.swapLock.lock();
    try {
      if (!present.contains(type)) {
        return;
      }
      gone.remove(type); // the object may have been registered before
      if (vm.isDetached() && client.file() == null) {
        SwapReport unusedReport = putInFresh(type);
      }
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** Returns the interrupt state that is kept for the next controller, if the VM is detached. */
  public Optional<InterruptState> kept() {
    vm.swapLock.lock();
    try {
      return Optional.ofNullable(kept);
    } finally {
      vm.swapLock.unlock();
    }
  }

  /**
   * Says, for a report, what the swap that is under way waits for; out of date as soon as it is
   * returned.
   */
  SwapException stillWaits() {
    SwapStep step = current;
    if (step == null) {
      return new SwapException(
          SwapStep.STOP_VCPUS, Condition.UNDER_WAY, "waits for " + heldBy(vm.swapLock));
    }
    String whom =
        switch (step) {
          case STOP_VCPUS -> vm.gate().inside().toString();
          case HOLD_INJECTION -> "an injection inside the device";
          case RELEASE -> whomReleaseWaitsFor();
          case CAPTURE, RESTORE, REOPEN -> "the backend";
        };
    return new SwapException(step, Condition.UNDER_WAY, "waits for " + whom);
  }

  private String whomReleaseWaitsFor() {
    Thread releaser = vm.lock.owner();
    if (releaser == null) {
      return "a reference to the device";
    }
    String mutexes =
        vm.vcpus().stream()
            .map(vcpu -> vcpu.mutex)
            .filter(mutex -> mutex.owner() != null && mutex.owner() != releaser)
            .map(Swapper::heldBy)
            .collect(Collectors.joining(", "));
    return mutexes.isEmpty() ? heldBy(vm.lock) : mutexes;
  }

  private static String heldBy(Mutex mutex) {
    Thread owner = mutex.owner();
    return mutex + (owner == null ? "" : ", held by " + owner.getName());
  }

  private SwapReport replace(DeviceFile file, DeviceType type) throws SwapException {
    Run run = new Run(type);
    try {
      run.takeOut(file);
      run.putIn(type);
      return run.finish();
    } finally {
      run.end();
    }
  }

  private SwapReport putInFresh(DeviceType type) throws SwapException {
    Run run = new Run(type);
    try {
      run.keepVcpusOut();
      run.putIn(type);
      return run.finish();
    } finally {
      run.end();
    }
  }

  private SwapReport takeOutAndKeep() throws SwapException {
    Run run = new Run(null);
    try {
      DeviceFile file = client.file();
      if (file != null) {
        run.takeOut(file);
        run.reopen();
      }
      return run.finish();
    } finally {
      run.end();
    }
  }

  /**
   * One swap on its way. Whatever a backend throws, {@link Error}s too, becomes a {@link
   * SwapException} that says in which condition the VM is, and {@link #end} opens the gate.
   */
  private final class Run {
    private final SwapEvent event = new SwapEvent();
    private final SwapFailureEvent failureEvent = new SwapFailureEvent();
    private final String to;
    private final Map<SwapStep, Long> stepNanos = new EnumMap<>(SwapStep.class);
    private final long startNanos = System.nanoTime();
    private final ReleaseTimes releaseTimes = new ReleaseTimes();
    private List<Integer> lost = List.of();
    private long pauseNanos;
    private int flushed;
    private boolean gateClosed;
    private String from = keptFrom;

    /**
     * @param type of the device that is to come, or null if none is
     */
    Run(DeviceType type) {
      to = type == null ? null : type.name();
      event.begin();
      failureEvent.begin();
    }

    /** Steps 1 to 4. Afterwards the state is kept, and the gate is closed. */
    void takeOut(DeviceFile file) throws SwapException {
      DeviceType type = file.device().deviceType();
      from = type.name();
      try {
        step(SwapStep.STOP_VCPUS, this::stopVcpus);
        step(SwapStep.HOLD_INJECTION, this::holdInjection);
        step(SwapStep.CAPTURE, () -> capture(type, file));
      } catch (ErrnoException | RuntimeException | Error e) {
        kept = null;
        keptFrom = null;
        SwapException failure = failed(Condition.UNCHANGED, e);
        try {
          letInterruptsGoTo(file.device());
        } catch (RuntimeException broken) {
          failure.addSuppressed(broken);
        }
        throw failure;
      }
      vm.setSwapping(true);
      vm.setDetached(true);
      try {
        step(SwapStep.RELEASE, () -> release(file));
      } catch (ErrnoException | RuntimeException | Error e) {
        throw failed(Condition.DETACHED, e);
      } finally {
        vm.setReleaseObserver(ReleaseObserver.NONE);
        vm.setSwapping(false);
      }
    }

    /** Step 1, where there is no controller to take out. */
    void keepVcpusOut() throws SwapException {
      try {
        step(SwapStep.STOP_VCPUS, this::stopVcpus);
      } catch (ErrnoException | RuntimeException | Error e) {
        throw failed(without(null), e);
      }
    }

    /** Steps 5 and 6. */
    void putIn(DeviceType type) throws SwapException {
      Condition before = without(null);
      try {
        step(SwapStep.RESTORE, () -> restore(type));
      } catch (ErrnoException | RuntimeException | Error e) {
        SwapException failure = failed(before, e);
        try {
          takeHalfRestoredOut(before);
        } catch (RuntimeException | Error broken) {
          failure.addSuppressed(broken);
        }
        throw failure;
      }
      kept = null;
      keptFrom = null;
      try {
        reopen();
      } catch (RuntimeException e) {
        throw failed(Condition.REPLACED, e);
      }
    }

    private SwapException failed(Condition condition, Throwable cause) {
      SwapException failure =
          cause instanceof GivenUp
              ? new SwapException(current, condition, cause.getMessage())
              : new SwapException(current, condition, cause);
      failureEvent.commit(vm, from, to, failure);
      return failure;
    }

    private void stopVcpus() {
      if (!vm.protocol().has(Step.SWAP_STOP_VCPUS)) {
        return;
      }
      vm.gate().close();
      gateClosed = true;
      vm.kickAll();
      long deadline = System.nanoTime() + patienceNanos;
      while (!vm.gate().awaitOutside(Math.min(vm.reportAfterNanos(), patienceNanos))) {
        vm.reportStuck("swap", vm.gate().inside());
        if (System.nanoTime() - deadline >= 0) {
          throw new GivenUp("gave up waiting for " + vm.gate().inside());
        }
        vm.kickAll();
      }
    }

    private void holdInjection() {
      if (!vm.protocol().has(Step.SWAP_HOLD_INJECTION)) {
        return;
      }
      if (!vm.injection().hold(patienceNanos)) {
        vm.reportStuck("swap", "an injection inside the device");
        throw new GivenUp("gave up waiting for an injection inside the device");
      }
    }

    private void capture(DeviceType type, DeviceFile file) throws ErrnoException {
      vm.takePassThroughBack(file.device());
      InterruptState state = carried.of(type.carrier().capture(vm, file, client.guest()));
      lost = SwapReport.lostIn(state);
      kept = observer.carried(SwapStep.CAPTURE, state);
      keptFrom = type.name();
    }

    private void release(DeviceFile file) {
      vm.setReleaseObserver(releaseTimes);
      client.disconnect();
      if (!file.awaitReleased(patienceNanos)) {
        vm.reportStuck("swap", "a reference to " + file);
        throw new GivenUp("gave up waiting for a reference to " + file);
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

    private void takeHalfRestoredOut(Condition before) {
      DeviceFile half = client.file();
      if (half == null) {
        return;
      }
      vm.setSwapping(before == Condition.DETACHED); // else nothing is to be held for a next one
      try {
        release(half);
      } finally {
        vm.setSwapping(false);
      }
    }

    void reopen() {
      current = SwapStep.REOPEN;
      observer.before(SwapStep.REOPEN);
      long start = System.nanoTime();
      DeviceFile now = client.file();
      if (now != null && kept == null) {
        vm.setDetached(false);
        if (!vm.protocol().has(Step.SWAP_FLUSH)) {
          while (vm.injection().loseOldestHeld()) {
            // each of them is lost
          }
        }
        letInterruptsGoTo(now.device());
      }
      end();
      long end = System.nanoTime();
      stepNanos.put(SwapStep.REOPEN, end - start);
      pauseNanos = end - startNanos;
      observer.after(SwapStep.REOPEN, vm.injection());
    }

    /**
     * What was held goes to a device, and then what is passed through: injection into a source that
     * is passed through would be refused.
     */
    private void letInterruptsGoTo(Device device) {
      try {
        flushed += vm.injection().flushTo(device);
      } finally {
        vm.passThroughTo(device);
      }
    }

    /** Opens the gate, if that has not been done. */
    void end() {
      if (gateClosed) {
        gateClosed = false;
        vm.gate().open();
      }
      current = null;
    }

    private void step(SwapStep step, StepBody body) throws ErrnoException {
      current = step;
      Schedule.point(PointKind.STEP, step);
      observer.before(step);
      long start = System.nanoTime();
      body.run();
      stepNanos.put(step, System.nanoTime() - start);
      observer.after(step, vm.injection());
    }

    SwapReport finish() {
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

  /** A wait took longer than the swap's patience. */
  private static final class GivenUp extends RuntimeException {
    private static final long serialVersionUID = 1L;

    GivenUp(String what) {
      super(what, null, false, false);
    }
  }

  @FunctionalInterface
  private interface StepBody {
    void run() throws ErrnoException;
  }
}
