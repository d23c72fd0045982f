package org.xivebench.replay.guest;

import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * The driver for native exploitation: event queues in memory, ESB pages, TIMA, H_INT_* for what
 * needs the hypervisor. One priority for everything.
 *
 * <p>Behaviour as Linux 6.1's sysdev/xive drivers show it in recordings: acknowledge, take one
 * entry, handle, end by SET_PQ_00 and trigger again if Q was set (an LSI by H_INT_ESB), look at the
 * queue again, and only when it is empty let all priorities in.
 */
final class XiveDriver implements InterruptDriver {
  static final int PRIORITY = 6;
  static final int ALL_PRIORITIES = 0xff;

  private static final int OS_VIEW = 2;
  private static final int ACKNOWLEDGE = 0x810;
  private static final int CPPR = 0x11;
  private static final int EXCEPTION = 0x80;

  private static final int TRIGGER_PAGE = 0;
  private static final int MANAGEMENT_PAGE = 1;

  private static final long SET_EISN = 2;
  private static final long ALWAYS_NOTIFY = 1;

  private final Guest guest;

  XiveDriver(Guest guest) {
    this.guest = guest;
  }

  @Override
  public boolean wantsToAccept(GuestCpu cpu, GuestVcpu vcpu) {
    if (vcpu.top() != null) {
      return false; // one priority: nothing preempts
    }
    if (vcpu.cppr() != ALL_PRIORITIES) {
      return vcpu.queue().peek() != EventQueueReader.NONE;
    }
    return cpu.externalInterrupt();
  }

  @Override
  public void accept(GuestCpu cpu, GuestVcpu vcpu) {
    long acknowledged = cpu.timaLoad(OS_VIEW, ACKNOWLEDGE, 2);
    if (((acknowledged >>> 8) & EXCEPTION) != 0) {
      vcpu.setCppr((int) acknowledged & 0xff);
    }
    int eisn = vcpu.queue().take();
    if (eisn == EventQueueReader.NONE) {
      return;
    }
    if (guest.isIpiSource(eisn)) {
      vcpu.beginIpi(Frame.Phase.HANDLING);
    } else if (guest.descriptor(eisn) != null) {
      vcpu.begin(eisn);
    } else {
      guest.events().refused(vcpu + " found the unknown EISN " + eisn + " in its queue");
    }
  }

  @Override
  public void advance(GuestCpu cpu, GuestVcpu vcpu, Frame frame) {
    // RETRIGGER: the only phase of this mode that is neither handling nor done.
    int source = frame.ipi ? guest.ipiSource(frame.number) : frame.number;
    cpu.esbStore(source, TRIGGER_PAGE, 0, 8, 0);
    vcpu.finish(frame);
  }

  @Override
  public void end(GuestCpu cpu, GuestVcpu vcpu, Frame frame) {
    if (frame.ipi) {
      endByEsb(cpu, vcpu, frame, guest.ipiSource(frame.number));
      return;
    }
    IrqDescriptor irq = guest.descriptor(frame.number);
    guest.lock(cpu, irq);
    try {
      if (irq.masked) {
        endMasked(cpu, vcpu, irq, frame);
      } else if (irq.lsi) {
        if (vcpu.call(
            cpu, IrqType.XIVE, Hcall.H_INT_ESB, 0, irq.number, EsbOffset.LOAD_EOI, 0, 0)) {
          vcpu.finish(frame);
        }
      } else {
        endByEsb(cpu, vcpu, frame, irq.number);
      }
    } finally {
      irq.unlock();
    }
  }

  /** PQ is 01 and stays so; but one more event may have been carried in from the other mode. */
  private void endMasked(GuestCpu cpu, GuestVcpu vcpu, IrqDescriptor irq, Frame frame) {
    Integer carried = pq(cpu, vcpu, irq, EsbOffset.GET);
    if (carried == null) {
      return;
    }
    // One access each, so that a change of mode finds the event in PQ before it and after it.
    if (carried == Pq.QUEUED) {
      // Q becomes P, for unmask to find, and the next trigger is one of its own.
      if (pq(cpu, vcpu, irq, EsbOffset.SET_PQ_10) == null) {
        return;
      }
    } else if (carried == Pq.PENDING) {
      Integer old = pq(cpu, vcpu, irq, EsbOffset.SET_PQ_01);
      if (old == null) {
        return;
      }
      if (old == Pq.QUEUED) {
        guest.events().discarded(irq.number); // it came since the load, and the mask drops it
      }
    }
    irq.savedP = false;
    vcpu.finish(frame);
  }

  private static void endByEsb(GuestCpu cpu, GuestVcpu vcpu, Frame frame, int source) {
    long old = cpu.esbLoad(source, MANAGEMENT_PAGE, EsbOffset.SET_PQ_00, 8);
    if ((old & Pq.Q) != 0) {
      frame.phase = Frame.Phase.RETRIGGER;
    } else {
      vcpu.finish(frame);
    }
  }

  @Override
  public boolean readyToSleep(GuestCpu cpu, GuestVcpu vcpu) {
    if (vcpu.cppr() == ALL_PRIORITIES) {
      return true;
    }
    cpu.timaStore(OS_VIEW, CPPR, 1, ALL_PRIORITIES);
    vcpu.setCppr(ALL_PRIORITIES);
    return false;
  }

  @Override
  public void sendIpi(GuestCpu cpu, GuestVcpu vcpu, int targetServer) {
    cpu.esbStore(guest.ipiSource(targetServer), TRIGGER_PAGE, 0, 8, 0);
    vcpu.taskDone();
  }

  @Override
  public void configure(
      GuestCpu cpu, GuestVcpu vcpu, IrqDescriptor irq, int server, boolean masked) {
    if (!masked) {
      // Before the call: a swap that comes while the VMM serves it shall restore the new target.
      irq.server = server;
      if (!route(cpu, vcpu, irq.number, server)) {
        return;
      }
    }
    if (masked && !irq.masked) {
      irq.masked = true;
      Integer old = pq(cpu, vcpu, irq, EsbOffset.SET_PQ_01);
      if (old == null) {
        irq.masked = false;
        return;
      }
      if ((old & Pq.P) != 0) {
        irq.savedP = true;
        if ((old & Pq.Q) != 0) {
          guest.events().discarded(irq.number);
        }
      }
    } else if (!masked && irq.masked && !unmask(cpu, vcpu, irq)) {
      return;
    }
    vcpu.taskDone();
  }

  /**
   * Unmasks. A source that was masked in the other mode keeps its events while it is masked: here
   * they are carried in PQ, which is 01 otherwise. A level-sensitive source is unmasked by an EOI
   * instead, so that a line that is up interrupts again; unless the EOI is still to come.
   *
   * @return whether the task is done
   */
  private boolean unmask(GuestCpu cpu, GuestVcpu vcpu, IrqDescriptor irq) {
    boolean owed = irq.savedP;
    if (irq.lsi) {
      if (pq(cpu, vcpu, irq, owed ? EsbOffset.SET_PQ_10 : EsbOffset.LOAD_EOI) == null) {
        return false;
      }
      irq.masked = false;
      irq.savedP = false;
      return true;
    }
    Integer carried = pq(cpu, vcpu, irq, EsbOffset.GET);
    if (carried == null) {
      return false;
    }
    if (!owed || (carried & Pq.P) == 0) {
      int offset = owed ? EsbOffset.SET_PQ_10 : EsbOffset.SET_PQ_00;
      carried = pq(cpu, vcpu, irq, offset);
      if (carried == null) {
        return false;
      }
    }
    irq.masked = false;
    irq.savedP = false;
    if (owed || (carried & Pq.P) == 0) {
      return true;
    }
    vcpu.taskOwesTriggers(irq.number, carried == Pq.QUEUED ? 2 : 1);
    return false;
  }

  private boolean route(GuestCpu cpu, GuestVcpu vcpu, int source, int server) {
    return vcpu.call(
        cpu,
        IrqType.XIVE,
        Hcall.H_INT_SET_SOURCE_CONFIG,
        SET_EISN,
        source,
        server,
        PRIORITY,
        source);
  }

  /** Loads from the management page. Returns PQ, or null if the mode has changed meanwhile. */
  private static Integer pq(GuestCpu cpu, GuestVcpu vcpu, IrqDescriptor irq, int offset) {
    if (!irq.lsi) {
      return (int) cpu.esbLoad(irq.number, MANAGEMENT_PAGE, offset, 8) & Pq.QUEUED;
    }
    if (!vcpu.call(cpu, IrqType.XIVE, Hcall.H_INT_ESB, 0, irq.number, offset, 0, 0)) {
      return null;
    }
    return (int) cpu.vcpu().gpr(4) & Pq.QUEUED;
  }

  /** Triggers a source whose event the driver holds. */
  void trigger(GuestCpu cpu, int source) {
    cpu.esbStore(source, TRIGGER_PAGE, 0, 8, 0);
  }

  @Override
  public void bringUp(GuestCpu cpu, GuestVcpu vcpu) {
    var queue = vcpu.queue().queue();
    int ipi = guest.ipiSource(vcpu.server());
    if (!vcpu.call(
            cpu,
            IrqType.XIVE,
            Hcall.H_INT_SET_QUEUE_CONFIG,
            ALWAYS_NOTIFY,
            vcpu.server(),
            PRIORITY,
            queue.address(),
            queue.order())
        || !route(cpu, vcpu, ipi, vcpu.server())) {
      return;
    }
    long unusedOld = cpu.esbLoad(ipi, MANAGEMENT_PAGE, EsbOffset.SET_PQ_00, 8);
    cpu.timaStore(OS_VIEW, CPPR, 1, ALL_PRIORITIES);
    vcpu.setCppr(ALL_PRIORITIES);
    vcpu.taskDone();
  }
}
