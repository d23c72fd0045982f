package org.xivebench.xics;

import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.QueuePage;
import org.xivebench.kvm.irqchip.SourceBlock;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.irqchip.XiveQueue;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.OsRingWord;
import org.xivebench.xive.QueueEntry;
import org.xivebench.xive.Tima;

/**
 * H_XIRR, H_XIRR_X, H_CPPR, H_EOI, H_IPI and H_IPOLL on XIVE. Served on the vCPU's own thread while
 * its context is pushed: they use the TIMA of the thread, and no lock but {@code sb->lock} in one
 * case of H_EOI. H_IPI and H_IPOLL also reach another vCPU's presenter, which nothing but the
 * release protocol keeps alive.
 *
 * <p>No interrupt is latched as a real ICP's XISR would be. The TIMA says only that a priority has
 * something; {@link #scan} then reads the queues. Nothing here allocates.
 *
 * <p>Source: PAPR 14.5.4; arch/powerpc/kvm/book3s_xive_template.c, Linux v5.10.
 */
final class XicsHypercalls {
  /** The number by which a guest sees its IPI, and the data of a vCPU's IPI source. */
  static final int IPI = 2;

  /** Data of a queue entry that has been taken away to be delivered elsewhere. */
  static final int DUMMY = 1;

  private static final int XISR_MASK = 0xff_ffff;
  private static final int PRIORITIES = 8;

  /** No priority. */
  private static final int NONE = 0xff;

  /** NSR.EO in what an acknowledge loads. */
  private static final int ACK_EO = 0x8000;

  /** How much a scan changes. */
  private enum Scan {
    /** Takes an interrupt. */
    FETCH,
    /** Only looks. */
    POLL,
    /** Finds out which priorities still have something. */
    EOI
  }

  private final KvmXive xive;
  private final boolean mended;

  XicsHypercalls(KvmXive xive) {
    this.xive = xive;
    this.mended = !xive.vm().kernel().isBefore(KernelVersion.V6);
  }

  /**
   * Serves a call.
   *
   * @return R3; H_TOO_HARD if the vCPU is not connected to a XICS, H_UNSUPPORTED for other calls
   */
  long serve(Vcpu vcpu, int opcode) {
    if (vcpu.irqType() != IrqType.XICS) {
      return Hcall.H_TOO_HARD;
    }
    XicsVcpu xc = (XicsVcpu) vcpu.presenter();
    xc.lifetime().check();
    Schedule.writes(xc);
    return switch (opcode) {
      case Hcall.H_XIRR -> xirr(vcpu, xc);
      case Hcall.H_XIRR_X -> {
        long before = timeBase();
        long code = xirr(vcpu, xc);
        vcpu.setGpr(5, mended ? timeBase() : before);
        yield code;
      }
      case Hcall.H_CPPR -> setCppr(vcpu, xc, (int) vcpu.gpr(4));
      case Hcall.H_EOI -> eoi(vcpu, xc, (int) vcpu.gpr(4));
      case Hcall.H_IPI -> ipi(xc, (int) vcpu.gpr(4), vcpu.gpr(5));
      case Hcall.H_IPOLL -> ipoll(vcpu, xc, (int) vcpu.gpr(4));
      default -> Hcall.H_UNSUPPORTED;
    };
  }

  // ---- the calls

  private long xirr(Vcpu vcpu, XicsVcpu xc) {
    xc.statXirr++;
    acknowledge(vcpu.tima(), xc);
    // The CPPR before the fetch, as PAPR wants it.
    long old = xc.cppr;
    int found = scan(vcpu.tima(), xc, xc.pending, Scan.FETCH);
    vcpu.setGpr(4, found | old << 24);
    return Hcall.H_SUCCESS;
  }

  /** PAPR's time stamp of the interrupt: the time base, which counts at 512 MHz. */
  private static long timeBase() {
    return System.nanoTime() / 125 * 64;
  }

  private long ipoll(Vcpu vcpu, XicsVcpu xc, int server) {
    xc.statIpoll++;
    if (server == xc.serverNumber()) {
      int pending = xc.pending;
      int pipr = (int) OsRingWord.PIPR.get(vcpu.tima().loadOsRing());
      if (pipr < PRIORITIES) {
        pending |= 1 << pipr;
      }
      int found = scan(vcpu.tima(), xc, pending, Scan.POLL);
      vcpu.setGpr(4, found | (long) xc.cppr << 24);
      return Hcall.H_SUCCESS;
    }
    XicsVcpu target = find(server);
    if (target == null) {
      return Hcall.H_PARAMETER;
    }
    // What it has acknowledged is its own business: look into all its queues.
    int found = scan(vcpu.tima(), target, 0xff, Scan.POLL);
    long xirr = found | (long) target.cppr << 24;
    // Kernels up to now answer in the register of the vCPU that was asked about.
    (mended ? vcpu : target.vcpu()).setGpr(4, xirr);
    return Hcall.H_SUCCESS;
  }

  private long setCppr(Vcpu vcpu, XicsVcpu xc, int cppr) {
    xc.statCppr++;
    int next = XicsPriority.fromGuest(cppr);
    int old = xc.cppr;
    // Before MFRR is read below: see XicsVcpu.
    Schedule.point(PointKind.WRITE, xc);
    xc.cppr = next;
    if (next > old) {
      pushPending(vcpu.tima(), xc);
    } else {
      // Also when nothing changes: a retargeted source may have left an entry behind.
      scanForRerouted(xc);
    }
    storeHwCppr(vcpu.tima(), xc, next);
    return Hcall.H_SUCCESS;
  }

  private long eoi(Vcpu vcpu, XicsVcpu xc, int xirr) {
    xc.statEoi++;
    int irq = xirr & XISR_MASK;
    Schedule.writes(xc);
    xc.cppr = XicsPriority.fromGuest(xirr >>> 24);
    long code = irq == IPI || irq == 0 ? Hcall.H_SUCCESS : eoiSource(irq);
    // What this priority kept back, or MFRR, must come up again.
    int unusedFound = scan(vcpu.tima(), xc, xc.pending, Scan.EOI);
    pushPending(vcpu.tima(), xc);
    storeHwCppr(vcpu.tima(), xc, xc.cppr);
    return code;
  }

  private long eoiSource(int irq) {
    SourceBlock block = xive.block(irq);
    if (block == null) {
      return Hcall.H_PARAMETER;
    }
    SourceState state = block.state(irq);
    Schedule.reads(state);
    if (mended && !state.valid) {
      return Hcall.H_PARAMETER;
    }
    // From here on nobody changes the mask; who wants to waits until inEoi is false again.
    Schedule.point(PointKind.WRITE, state);
    state.beginEoi();
    while (true) {
      Schedule.point(PointKind.READ, state);
      if (state.guestPriority != SourceState.MASKED) {
        EsbSource esb = state.hwData();
        xive.sourceEoi(esb);
        if (state.lsi && state.asserted) {
          esb.trigger();
        }
        break;
      }
      block.lock();
      try {
        if (state.guestPriority == SourceState.MASKED) {
          Schedule.writes(state);
          state.oldP = false;
          break;
        }
        // Unmasked between the two looks: end it in hardware after all.
      } finally {
        block.unlock();
      }
    }
    Schedule.point(PointKind.WRITE, state);
    state.endEoi();
    return Hcall.H_SUCCESS;
  }

  private long ipi(XicsVcpu xc, int server, long mfrr) {
    xc.statIpi++;
    XicsVcpu target = server == xc.serverNumber() ? xc : find(server);
    if (target == null) {
      return Hcall.H_PARAMETER;
    }
    // Before CPPR is read: see XicsVcpu.
    Schedule.point(PointKind.WRITE, target);
    target.mfrr = (int) mfrr & 0xff;
    Schedule.point(PointKind.READ, target);
    // All 64 bits are compared, though 8 are kept.
    if (Long.compareUnsigned(mfrr, target.cppr) < 0) {
      target.triggerVpIpi();
    }
    return Hcall.H_SUCCESS;
  }

  private XicsVcpu find(int server) {
    XicsVcpu target = (XicsVcpu) xive.findServer(server);
    if (target != null) {
      target.lifetime().check();
    }
    return target;
  }

  // ---- what they share

  /** Accepts what the TIMA presents, and notes its priority. */
  private static void acknowledge(Tima tima, XicsVcpu xc) {
    int ack = tima.acknowledgeOs();
    if ((ack & ACK_EO) == 0) {
      return;
    }
    int cppr = ack & 0xff;
    if (cppr < PRIORITIES) {
      xc.pending |= 1 << cppr;
    }
    Schedule.writes(xc);
    xc.hwCppr = cppr;
  }

  /**
   * Looks for the best interrupt among acknowledged priorities and MFRR.
   *
   * @param candidates priorities to look at, 1 &lt;&lt; p
   * @return the number of the interrupt, {@link #IPI} for an IPI; 0 if there is nothing
   */
  private int scan(Tima tima, XicsVcpu xc, int candidates, Scan mode) {
    int pending = candidates;
    int irq = 0;
    int best = NONE;
    while (irq == 0 && (xc.mfrr != NONE || pending != 0)) {
      best = pending == 0 ? NONE : Integer.numberOfTrailingZeros(pending);
      Schedule.reads(xc);
      int mfrr = xc.mfrr;
      if (best >= xc.cppr || best >= PRIORITIES) {
        if (mfrr < xc.cppr) {
          best = mfrr;
          irq = IPI;
        }
        break;
      }
      XiveQueue queue = xc.queue(best);
      // Looked at once: whether there is a page decides who ends the IPI source.
      QueuePage page = queue.qpage();
      int position = queue.position();
      if (page != null) {
        position = skipWhatIsNoSource(xc, queue, page, mode);
        int data = XiveQueue.dataAt(page, position);
        if (data != XiveQueue.NO_ENTRY) {
          irq = data;
          position = queue.after(position);
        }
      } else if (best == 0 && mode == Scan.FETCH) {
        xive.sourceEoi(xc.vpIpiData);
      }
      if (irq == 0) {
        pending &= ~(1 << best);
        settleCount(queue);
      }
      Schedule.point(PointKind.READ, xc);
      mfrr = xc.mfrr;
      if (best >= mfrr && mfrr < xc.cppr) {
        // The tie goes to the IPI. What was read stays in the queue.
        best = mfrr;
        irq = IPI;
        break;
      }
      if (mode == Scan.FETCH) {
        queue.setPosition(position);
      }
    }
    if (mode != Scan.POLL) {
      Schedule.writes(xc);
      xc.pending = pending;
    }
    if (mode == Scan.FETCH) {
      if (irq != 0) {
        Schedule.writes(xc);
        xc.lowerCppr(best);
      }
      int cppr = xc.cppr;
      if (cppr != xc.hwCppr) {
        storeHwCppr(tima, xc, cppr);
      }
    }
    return irq;
  }

  /**
   * Returns the position of the first entry that is neither an IPI's nor a dummy. A fetch takes the
   * IPIs' entries, and ends their source.
   */
  private int skipWhatIsNoSource(XicsVcpu xc, XiveQueue queue, QueuePage page, Scan mode) {
    int position = queue.position();
    while (true) {
      int data = XiveQueue.dataAt(page, position);
      if (data != IPI && data != DUMMY) {
        return position;
      }
      position = queue.after(position);
      if (data == IPI && mode == Scan.FETCH) {
        xive.sourceEoi(xc.vpIpiData);
        queue.setPosition(position);
      }
    }
  }

  /** The queue is empty: no source that has left it has an entry in it any more. */
  private static void settleCount(XiveQueue queue) {
    Schedule.writes(queue);
    if (queue.pendingCount.get() != 0) {
      queue.count.addAndGet(-queue.pendingCount.getAndSet(0));
    }
  }

  private static void storeHwCppr(Tima tima, XicsVcpu xc, int cppr) {
    Schedule.writes(xc);
    xc.hwCppr = cppr;
    tima.setOsCppr(cppr);
  }

  /** Makes the TIMA present again what is known to be there, an IPI included. */
  private static void pushPending(Tima tima, XicsVcpu xc) {
    int pending = xc.pending;
    Schedule.point(PointKind.READ, xc);
    int mfrr = xc.mfrr;
    if (mfrr != NONE) {
      pending |= 1 << Math.min(mfrr, PRIORITIES - 1);
    }
    if (pending != 0) {
      tima.setOsPending(Integer.numberOfTrailingZeros(pending));
    }
  }

  /**
   * Sends on what waits here, at priorities that CPPR keeps back, for sources that have been moved
   * to another server: each entry becomes a dummy, and its source is made to trigger again.
   */
  private void scanForRerouted(XicsVcpu xc) {
    for (int priority = xc.cppr; priority < PRIORITIES; priority++) {
      XiveQueue queue = xc.queue(priority);
      QueuePage page = queue.qpage();
      if (page == null) {
        continue;
      }
      int next = queue.position();
      while (true) {
        int at = next;
        int irq = XiveQueue.dataAt(page, at);
        if (irq == XiveQueue.NO_ENTRY) {
          break;
        }
        next = queue.after(at);
        SourceBlock block = irq == IPI || irq == DUMMY ? null : xive.block(irq);
        if (block == null) {
          continue;
        }
        SourceState state = block.state(irq);
        Schedule.reads(state);
        if (state.actServer == xc.serverNumber()) {
          continue;
        }
        // A new entry's generation is the other than the position's.
        int dummy = QueueEntry.of(1 - XiveQueue.toggleOf(at), DUMMY);
        page.putEntry(XiveQueue.indexOf(at), dummy);
        EsbSource esb = state.hwData();
        if (!esb.isLsi()) {
          long unusedOld = esb.loadManagement(EsbOffset.SET_PQ_11);
        }
        xive.sourceEoi(esb);
      }
    }
  }
}
