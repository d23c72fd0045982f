package org.xivebench.kvm;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.device.Device;

/**
 * Which host interrupts are routed straight to guest sources: the kernel's {@code
 * kvmppc_passthru_irqmap}, {@code kvm->arch.pimap}. Guarded by {@link Vm#lock}; lives as long as
 * the VM.
 *
 * <p>An entry is never given up: it belongs to its guest interrupt for good, and is used again by
 * the next producer of that. So it is the number of different guest interrupts that is limited.
 *
 * <p>The table knows what a controller does not: what is to be routed to the next one. A swap takes
 * every route back before it captures, and makes it anew when the next controller is there.
 *
 * <p>Source: arch/powerpc/kvm/book3s_hv.c, Linux v5.10. Its bypass cannot be turned off here, and
 * every interrupt of the host is one of XIVE's, so that 1 and ENOENT are never answers.
 */
final class PassThrough {
  /** Entries of the table: {@code KVMPPC_PIRQ_MAPPED}. */
  static final int ENTRIES = 1024;

  private final Vm vm;
  private final List<Entry> entries = new ArrayList<>();

  private static final class Entry {
    final int guestIrq;
    int hostIrq;

    /**
     * The controller that it is, or was, routed to, as {@link Vm#irqchipCount} counts them; 0 if
     * the route was refused or taken back. No reference: controllers come from bundles that go.
     */
    int controller;

    /** Taken back by a swap, to be routed to the next controller. */
    boolean carried;

    Entry(int guestIrq) {
      this.guestIrq = guestIrq;
    }
  }

  PassThrough(Vm vm) {
    this.vm = vm;
  }

  /**
   * {@code kvmppc_set_passthru_irq}.
   *
   * @throws ErrnoException EIO for no host interrupt; EINVAL if the guest's has a route; EAGAIN if
   *     the table is full; else as the device says, and then the entry is there without a route
   */
  void set(int guestIrq, int hostIrq) throws ErrnoException {
    vm.lock.assertHeld();
    requireHostIrq(hostIrq);
    Entry entry = find(guestIrq);
    if (entry != null && (entry.controller != 0 || entry.carried)) {
      throw new ErrnoException(Errno.EINVAL, "passed through already, " + nameOf(guestIrq));
    }
    if (entry == null) {
      if (entries.size() == ENTRIES) {
        throw new ErrnoException(Errno.EAGAIN, "no entry is left for " + nameOf(guestIrq));
      }
      entry = new Entry(guestIrq);
      entries.add(entry);
    }
    entry.hostIrq = hostIrq;
    route(entry, vm.lockedIrqchip());
  }

  private void route(Entry entry, Device device) throws ErrnoException {
    device.setMapped(entry.guestIrq, entry.hostIrq);
    entry.controller = vm.irqchipCount();
  }

  /**
   * {@code kvmppc_clr_passthru_irq}: takes a route back.
   *
   * @throws ErrnoException EIO for no host interrupt; ENODEV if the guest's never had a route; else
   *     as the device says
   */
  void clear(int guestIrq, int hostIrq) throws ErrnoException {
    vm.lock.assertHeld();
    requireHostIrq(hostIrq);
    Entry entry = find(guestIrq);
    if (entry == null) {
      throw new ErrnoException(Errno.ENODEV, "never passed through, " + nameOf(guestIrq));
    }
    boolean kept = false;
    try {
      Device device = vm.lockedIrqchip();
      // A device that undoes what failed goes on with the route, and so does the table.
      kept = entry.controller == vm.irqchipCount() && vm.has(KernelFix.CLR_MAPPED_UNDO);
      device.clrMapped(guestIrq, hostIrq);
      kept = false;
    } finally {
      if (!kept) {
        entry.controller = 0;
        entry.carried = false;
      }
    }
  }

  /**
   * A swap begins: every route to a controller is taken back, so that what the guest sees of the
   * source is in the source itself, and what the host's interrupt sends from now on waits in it.
   *
   * @throws ErrnoException if the host does not take one back; then {@link #routeAnew} undoes the
   *     others
   */
  void takeBack(Device device) throws ErrnoException {
    vm.lock.assertHeld();
    for (Entry entry : entries) {
      if (entry.controller == vm.irqchipCount()) {
        device.clrMapped(entry.guestIrq, entry.hostIrq);
        entry.controller = 0;
        entry.carried = true;
      }
    }
  }

  /**
   * A swap ends: what was taken back is routed to the controller that is there now. As at any other
   * registration of a producer, one that is refused stays the host's.
   */
  void routeAnew(Device device) {
    vm.lock.assertHeld();
    for (Entry entry : entries) {
      if (entry.carried) {
        entry.carried = false;
        try {
          route(entry, device);
        } catch (ErrnoException refused) {
          // No producer is told of it either.
        }
      }
    }
  }

  private void requireHostIrq(int hostIrq) throws ErrnoException {
    if (!vm.host().hasSource(hostIrq)) {
      throw new ErrnoException(Errno.EIO, "no host interrupt 0x" + Integer.toHexString(hostIrq));
    }
  }

  private Entry find(int guestIrq) {
    for (Entry entry : entries) {
      if (entry.guestIrq == guestIrq) {
        return entry;
      }
    }
    return null;
  }

  private static String nameOf(int guestIrq) {
    return "source 0x" + Integer.toHexString(guestIrq);
  }
}
