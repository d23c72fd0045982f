package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.guest.GuestEvents;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Schedule;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** A machine with two vCPUs, an MSI and an LSI, its guest, and the books of its interrupts. */
final class SwapRig {
  static final int MSI = 0x1300;
  static final int LSI = 0x1200;

  private static final int NONE = -1;
  private static final long STALL_MILLIS = 5_000;

  static final DeviceType XIVE = new XiveNativeDeviceType();
  static final DeviceType XICS = new XicsDeviceType();

  final Ledger ledger = new Ledger();
  final Findings findings = new Findings();
  final ReplayMachine machine;
  final Guest guest;

  /** The vCPU that stops when a handler of it begins, or NONE. */
  private volatile int stopsInHandler = NONE;

  SwapRig(DeviceType first) {
    Lifetime.resetReports();
    TraceHeader header =
        TraceHeader.of(
            TraceMode.XIVE,
            "test",
            List.of(0, 1),
            List.of(new TraceHeader.Source(LSI, true), new TraceHeader.Source(MSI, false)));
    try {
      machine =
          new ReplayMachine(
              header, ReplayOptions.on(List.of(first)), ledger, ledger, watched(ledger), findings);
    } catch (ReplayException e) {
      throw new IllegalStateException(e);
    }
    guest = machine.guest();
    swapTo(first);
  }

  /** Stops a vCPU that is to stop in its handler. */
  private GuestEvents watched(GuestEvents events) {
    return (GuestEvents)
        Proxy.newProxyInstance(
            GuestEvents.class.getClassLoader(),
            new Class<?>[] {GuestEvents.class},
            (proxy, method, arguments) -> {
              Object result = method.invoke(events, arguments);
              if (method.getName().equals("delivered") && arguments[1].equals(stopsInHandler)) {
                stop(stopsInHandler);
              }
              return result;
            });
  }

  /** Runs a vCPU alone, on a thread that is not scheduled, up to the beginning of a handler. */
  void runIntoHandler(int vcpu) {
    stopsInHandler = vcpu;
    Thread thread = new Thread(() -> run(vcpu), "unscheduled vcpu" + vcpu);
    thread.start();
    join(thread);
    stopsInHandler = NONE;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a vCPU until it is stopped. */
  void run(int vcpu) {
    boolean unusedEnded =
        machine.vm().vcpus().get(vcpu).run(guest.program(vcpu), machine.machine());
  }

  /** Stops a vCPU. */
  void stop(int vcpu) {
    machine.vm().vcpus().get(vcpu).stop();
  }

  void swapTo(DeviceType type) {
    try {
      machine.swapper().swapTo(type).lostSources().forEach(ledger::stranded);
    } catch (SwapException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The device sends its MSI. */
  void trigger() {
    ledger.triggered(MSI);
    try {
      assertEquals(0, machine.vm().irqLine(MSI, KvmUapi.KVM_INTERRUPT_SET));
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    }
  }

  GuestTask post(int vcpu, GuestTask task) {
    guest.post(vcpu, task);
    return task;
  }

  void await(GuestTask task) {
    Schedule.spinUntil(task::isDone, task);
  }

  /**
   * Does something while both vCPUs run on threads of their own, not scheduled, and waits until so
   * much has been delivered and they have nothing to do; but not for ever.
   */
  void whileRunning(Runnable action, long delivered) {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int index = i;
      threads.add(new Thread(() -> run(index), "unscheduled vcpu" + i));
    }
    threads.forEach(Thread::start);
    action.run();
    boolean unusedInTime =
        new Patience(ledger::progress, () -> false, STALL_MILLIS)
            .await(
                () -> ledger.deliveredTo(0) + ledger.deliveredTo(1) >= delivered && guest.isIdle());
    stop(0);
    stop(1);
    threads.forEach(SwapRig::join);
  }

  boolean isSettled() {
    return guest.isIdle()
        && ledger.sources().values().stream().allMatch(Ledger.Account::isBalanced)
        && ledger.ipis().values().stream().allMatch(Ledger.Account::isBalanced);
  }

  /** Closes the books: nothing was lost, invented, refused, or used after it was freed. */
  void check() {
    assertTrue(Lifetime.reports().isEmpty(), () -> Lifetime.reports().toString());
    assertTrue(findings.problems().isEmpty(), () -> findings.problems().toString());
    assertEquals(List.of(), ledger.refusalTexts());
    DeviceFile file = machine.machine().file();
    try {
      var state = file.device().deviceType().carrier().capture(machine.vm(), file, guest);
      for (Ledger.Balance balance : ledger.close(state, List.of(), guest::hasMessage)) {
        assertEquals(0, balance.lost(), balance::toString);
        assertEquals(0, balance.invented(), balance::toString);
      }
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
    machine.machine().close();
  }
}
