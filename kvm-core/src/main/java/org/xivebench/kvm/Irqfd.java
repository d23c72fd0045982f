package org.xivebench.kvm;

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

  private final Vm vm;
  private final Object eventfd;
  private final int gsi;
  private final boolean resamples;
  private volatile boolean assigned = true;

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
    if (!assigned) {
      return;
    }
    try {
      vm.injection().inject(gsi, level);
    } catch (ErrnoException unheard) {
      // An eventfd has no way back.
    }
  }

  /** KVM_IRQFD with KVM_IRQFD_FLAG_DEASSIGN. A second call does nothing. */
  public void deassign() {
    assigned = false;
    vm.forgetIrqfd(eventfd, this);
  }

  @Override
  public String toString() {
    return "irqfd of " + vm + ", gsi=" + gsi;
  }
}
