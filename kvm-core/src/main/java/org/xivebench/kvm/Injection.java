package org.xivebench.kvm;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.release.Step;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.ReadSections;
import org.xivebench.sync.Schedule;

/**
 * How interrupts get from devices and irqfds into the controller. Injection takes no lock, so no
 * kernel keeps it out while a controller is released; here it goes through a pointer of its own,
 * inside a read section, and release redirects the pointer to a holding list and waits for the
 * sections that are open.
 *
 * <p>The holding list keeps what comes meanwhile, in order, until a controller takes it ({@link
 * #flushTo}) or the VMM has closed its controller for good ({@link #discard}).
 */
public final class Injection {
  private final Vm vm;
  private final ReadSections sections;

  /** Whether a release waits for injection; without, injection asks the VM for its device. */
  private final boolean isDrained;

  /** Guards {@link #held} and the change of {@link #device} from null. */
  private final Mutex lock;

  private final List<Held> held = new ArrayList<>();
  private volatile Device device;
  private volatile boolean holding;
  private final AtomicLong discarded = new AtomicLong();

  /** An interrupt that waits for a controller. */
  public record Held(int irq, int level) {}

  Injection(Vm vm) {
    this.vm = vm;
    this.isDrained = vm.protocol().has(Step.DRAIN_INJECTION);
    this.sections = new ReadSections(vm + " injection");
    this.lock = new Mutex(KvmLocks.INJECTION_LOCK, vm + " injection lock");
  }

  /**
   * Injects: {@code kvm_set_irq}. Any thread, any context.
   *
   * @throws ErrnoException ENXIO without an in-kernel controller; EINVAL as the device says
   */
  void inject(int irq, int level) throws ErrnoException {
    if (!isDrained) {
      Device current = vm.irqchip();
      if (current == null && !tryHold(irq, level)) {
        throw new ErrnoException(Errno.ENXIO, "the VM has no in-kernel interrupt controller");
      }
      if (current != null) {
        current.setIrq(irq, level);
      }
      return;
    }
    TaskWork.enterScope();
    int section = sections.enter();
    try {
      Schedule.reads(this);
      Device current = device;
      if (current == null && !tryHold(irq, level)) {
        current = device; // one may have come between the two looks
        if (current == null) {
          throw new ErrnoException(Errno.ENXIO, "the VM has no in-kernel interrupt controller");
        }
      }
      if (current != null) {
        current.setIrq(irq, level);
      }
    } finally {
      sections.exit(section);
      TaskWork.leaveScope();
    }
  }

  private boolean tryHold(int irq, int level) {
    Schedule.reads(this);
    if (!holding) {
      return false;
    }
    lock.lock();
    try {
      if (!holding) {
        return false;
      }
      Schedule.writes(this);
      held.add(new Held(irq, level));
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Redirects injection to the holding list, and waits until nobody is inside the device any more.
   *
   * @return whether that was in time; if not, injection is redirected all the same, and the next
   *     call waits on
   */
  public boolean hold(long timeoutNanos) {
    lock.lock();
    try {
      Schedule.writes(this);
      holding = true;
      device = null;
    } finally {
      lock.unlock();
    }
    return sections.synchronize(timeoutNanos);
  }

  /** Lets injection go to a device, without looking at the holding list: there is none yet. */
  void attach(Device target) {
    Schedule.writes(this);
    if (!holding) {
      device = target;
    }
  }

  /**
   * Gives everything that was held to a device, in order, and lets injection go there from now on.
   *
   * @return how many were held
   * @throws RuntimeException the first that the device threw; the others were given to it all the
   *     same, and what it did not take counts as {@link #discarded}
   */
  public int flushTo(Device target) {
    RuntimeException broken = null;
    lock.lock();
    try {
      int count = held.size();
      for (Held interrupt : held) {
        try {
          target.setIrq(interrupt.irq(), interrupt.level());
        } catch (ErrnoException e) {
          discarded.incrementAndGet(); // no such source: as the injector would have been told
        } catch (RuntimeException e) {
          discarded.incrementAndGet();
          broken = broken == null ? e : broken;
        }
      }
      Schedule.writes(this);
      held.clear();
      device = target;
      holding = false;
      if (broken != null) {
        throw broken;
      }
      return count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The VMM has closed its controller: what is held has nowhere to go, and injection fails from now
   * on.
   */
  void discard() {
    lock.lock();
    try {
      Schedule.writes(this);
      discarded.addAndGet(held.size());
      held.clear();
      device = null;
      holding = false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Loses the oldest interrupt that is held: plants the fault that the law of lost interrupts must
   * report.
   *
   * @return whether there was one
   */
  public boolean loseOldestHeld() {
    lock.lock();
    try {
      return !held.isEmpty() && held.remove(0) != null;
    } finally {
      lock.unlock();
    }
  }

  /** Returns what waits for a controller now. */
  public List<Held> held() {
    lock.lock();
    try {
      return List.copyOf(held);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns how many interrupts were thrown away because the VMM closed the controller, or for want
   * of their source.
   */
  public long discarded() {
    return discarded.get();
  }
}
