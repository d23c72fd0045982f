package org.xivebench.kvm;

import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * An eventfd that is bound to a guest interrupt: KVM_IRQFD. GSI and guest interrupt number are the
 * same. Assigned by {@link Vm#assignIrqfd}.
 *
 * <p>A signal raises the level and does not lower it: on an MSI that is a trigger; an LSI stays
 * asserted, and is sent again at each EOI, until somebody lowers it, here or by KVM_IRQ_LINE.
 *
 * <p>Source: virt/kvm/eventfd.c and the XIVE devices' {@code kvm_arch_set_irq_inatomic}, Linux
 * v5.10.
 */
public final class Irqfd {
  private static final int UP = 1;
  private static final int DOWN = 0;
  private static final int NO_PRODUCER = -1;

  private final Vm vm;
  private final Object eventfd;
  private final int gsi;
  private final boolean resamples;
  private volatile boolean assigned = true;

  /** Host interrupt of the bypass producer; written with {@code Vm.lock} held. */
  private volatile int producer = NO_PRODUCER;

  Irqfd(Vm vm, Object eventfd, int gsi, boolean resamples) {
    this.vm = vm;
    this.eventfd = eventfd;
    this.gsi = gsi;
    this.resamples = resamples;
  }

  /** Returns the guest interrupt number. */
  public int gsi() {
    return gsi;
  }

  /**
   * The eventfd is written to. Any thread, any context. What the controller says of it nobody is
   * told; nothing after {@link #deassign}.
   */
  public void signal() {
    drive(UP);
  }

  /**
   * The guest has ended the interrupt of a resampling irqfd: its line goes down, until the device
   * signals again.
   *
   * @throws IllegalStateException if it does not resample
   */
  public void acknowledge() {
    if (!resamples) {
      throw new IllegalStateException("an irqfd without a resamplefd");
    }
    drive(DOWN);
  }

  private void drive(int level) {
    Schedule.reads(this);
    if (!assigned) {
      return;
    }
    try {
      vm.injection().inject(gsi, level);
    } catch (ErrnoException unheard) {
      // An eventfd has no way back.
    }
  }

  /**
   * A pass-through device registers as the eventfd's producer: set_mapped, under {@code Vm.lock}.
   * If the controller refuses, the eventfd goes on injecting by itself.
   *
   * @param hostIrq the host interrupt of the device
   * @return whether it is passed through
   */
  public boolean addProducer(int hostIrq) {
    vm.lock.lock();
    try {
      vm.mapLocked(gsi, hostIrq);
      Schedule.point(PointKind.WRITE, this);
      producer = hostIrq;
      return true;
    } catch (ErrnoException refused) {
      return false;
    } finally {
      vm.lock.unlock();
    }
  }

  /** Takes the producer back: clr_mapped, under {@code Vm.lock}. Nothing if there is none. */
  public void removeProducer() {
    vm.lock.lock();
    try {
      int hostIrq = producer;
      if (hostIrq != NO_PRODUCER) {
        Schedule.point(PointKind.WRITE, this);
        producer = NO_PRODUCER;
        vm.unmapLocked(gsi, hostIrq);
      }
    } catch (ErrnoException gone) {
      // The controller has gone, and what was mapped with it.
    } finally {
      vm.lock.unlock();
    }
  }

  /**
   * Registers a producer anew: what a VMM does when it has changed the controller, because the old
   * one took the route with it.
   *
   * @param hostIrq the host interrupt of the device
   * @return whether it is passed through
   */
  public boolean reRegister(int hostIrq) {
    removeProducer();
    return addProducer(hostIrq);
  }

  /** KVM_IRQFD with KVM_IRQFD_FLAG_DEASSIGN. A second call does nothing. */
  public void deassign() {
    Schedule.writes(this);
    assigned = false;
    vm.forgetIrqfd(eventfd, this);
  }

  @Override
  public String toString() {
    return "irqfd of " + vm + ", gsi=" + gsi;
  }
}
