package org.xivebench.xics;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.QueuePage;
import org.xivebench.kvm.irqchip.SourceBlock;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.irqchip.XiveQueue;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * KVM_DEV_XICS_GRP_SOURCES: the state of sources, for saving and restoring a VM, and the way in
 * which the VMM makes them.
 *
 * <p>A real XICS knows for each source whether an interrupt is pending. Here that is in P and Q and
 * in the queues, so the first read of a series masks every source, walks every queue, and unmasks
 * again; the reads that follow, one for each source, are answered from what it found. After as many
 * reads as there are sources the next one starts over.
 *
 * <p>Callers hold a reference to the device file and no lock. The VMM reads and writes all sources
 * in one thread, with the VM stopped: nothing here keeps two readers apart.
 *
 * <p>Source: {@code xive_get_source} and {@code xive_set_source} of arch/powerpc/kvm/book3s_xive.c,
 * Linux v5.10.
 */
final class XicsSources {
  private final KvmXive xive;
  private final XicsQueues queues;
  private final boolean mended;

  /** How many sources have been read since the last scan; 0 = the next read scans. */
  private int savedSourceCount;

  /** How many {@link XicsVcpu#delayedIrq} are set. */
  private int delayedIrqCount;

  XicsSources(KvmXive xive, XicsQueues queues) {
    this.xive = xive;
    this.queues = queues;
    this.mended = !xive.vm().kernel().isBefore(KernelVersion.V6);
  }

  // ---- set

  /**
   * Makes a source, or changes it, to what a {@link XicsSourceWord} says. A pending interrupt is
   * sent again. That it cannot be routed is no error: it stays unrouted.
   *
   * @throws ErrnoException ENOENT for a number out of range; ENOMEM for want of memory or hardware
   *     interrupts; EFAULT for a bad payload
   */
  void set(long attr, UserBuffer user) throws ErrnoException {
    if (attr < XicsUapi.FIRST_SOURCE || attr >= XicsUapi.SOURCE_COUNT) {
      throw new ErrnoException(Errno.ENOENT, "no source, irq=0x" + Long.toHexString(attr));
    }
    int irq = (int) attr;
    SourceBlock block = xive.blockOrCreate(irq);
    long word = user.getLong(0);
    SourceState state = block.state(irq);
    int server = (int) XicsSourceWord.DESTINATION.get(word);
    int priority = (int) XicsSourceWord.PRIORITY.get(word);
    boolean level = XicsSourceWord.LEVEL_SENSITIVE.isSet(word);
    boolean pending = XicsSourceWord.PENDING.isSet(word);
    boolean presented = XicsSourceWord.PRESENTED.isSet(word);

    if (!state.hasIpi()) {
      xive.allocateIpi(state, Errno.ENOMEM);
    }

    // Whatever it was, it is masked now, with PQ 10 and nothing on its way.
    Schedule.writes(state);
    state.guestPriority = 0;
    int unusedOld = block.lockAndMask(state);
    state.actPriority = SourceState.MASKED;
    block.unlock();

    route(block, state, server, XicsPriority.fromGuest(priority));

    if (takeDelayed(irq)) {
      pending = true;
    }
    // With its line up and presented at once, an LSI is in service: kernels up to now present it
    // again.
    boolean inService = presented && (!pending || (mended && level));
    block.lock();
    try {
      Schedule.writes(state);
      state.lsi = level;
      state.asserted = level && pending;
      state.oldP = inService;
      state.oldQ = XicsSourceWord.QUEUED.isSet(word) || (pending && !inService);
      if (XicsSourceWord.MASKED.isSet(word)) {
        state.guestPriority = SourceState.MASKED;
        if (state.oldQ) {
          state.ipiData.noteQTaken();
        }
      } else {
        xive.finishUnmask(state, priority);
      }
      Schedule.writes(state);
      state.savedPriority = priority;
    } finally {
      block.unlock();
    }
    if (!state.valid) {
      xive.addSource(state);
    }
  }

  /** Routes even a masked source, so that unmasking needs no more. */
  private void route(SourceBlock block, SourceState state, int server, int priority) {
    if (priority == SourceState.MASKED) {
      return;
    }
    try {
      queues.checkProvisioning(priority);
      block.lock();
      try {
        xive.targetInterrupt(state, server, priority);
      } finally {
        block.unlock();
      }
    } catch (ErrnoException unrouted) {
      // The ABI has no errno for it: ibm,get-xive will show that the source went nowhere.
    }
  }

  /** Whether a restored presenter had this interrupt presented before its source was there. */
  private boolean takeDelayed(int irq) {
    if (delayedIrqCount == 0) {
      return false;
    }
    for (Vcpu vcpu : xive.vm().vcpus()) {
      if (vcpu.presenter() instanceof XicsVcpu xc && xc.delayedIrq == irq) {
        Schedule.writes(xc);
        xc.delayedIrq = 0;
        delayedIrqCount--;
        return true;
      }
    }
    return false;
  }

  /** A presenter is restored that had an interrupt presented. */
  void restorePresented(XicsVcpu xc, int irq) {
    SourceBlock block = xive.block(irq);
    SourceState state = block == null ? null : block.state(irq);
    if (state != null && state.valid) {
      state.ipiData.trigger();
    } else {
      Schedule.writes(xc);
      xc.delayedIrq = irq;
      delayedIrqCount++;
    }
  }

  // ---- get

  /**
   * Reads a source.
   *
   * @throws ErrnoException ENOENT if there is none; EFAULT for a bad payload
   */
  void get(long attr, UserBuffer user) throws ErrnoException {
    SourceBlock block = attr < 0 || attr >= XicsUapi.SOURCE_COUNT ? null : xive.block((int) attr);
    SourceState state = block == null ? null : block.state((int) attr);
    if (state == null || !state.valid) {
      throw new ErrnoException(Errno.ENOENT, "no source, irq=0x" + Long.toHexString(attr));
    }
    if (savedSourceCount == 0) {
      scan();
    }
    savedSourceCount++;
    long word = wordOf(state);
    if (savedSourceCount == xive.sourceCount()) {
      forEachSource(XicsSources::forgetScan);
      savedSourceCount = 0;
    }
    user.putLong(0, word);
  }

  /** Finds out, once for a series of reads, what every source has under way. */
  private void scan() {
    forEachSource(this::maskForScan);
    for (Vcpu vcpu : xive.vm().vcpus()) {
      if (vcpu.presenter() instanceof XicsVcpu xc) {
        for (int priority = 0; priority < XiveQueue.COUNT; priority++) {
          scanQueue(xc.queue(priority));
        }
      }
    }
    forEachSource(this::unmaskAfterScan);
  }

  private void maskForScan(SourceBlock block, SourceState state) {
    int priority = block.lockAndMask(state);
    try {
      Schedule.writes(state);
      state.savedScanPrio = priority;
      state.savedP = state.oldP;
      boolean queued = state.oldQ;
      if (mended && priority == SourceState.MASKED) {
        // It was masked before: what came since is in hardware only. Kernels up to now forget it.
        queued |= (state.hwData().loadManagement(EsbOffset.GET) & Pq.Q) != 0;
      }
      Schedule.writes(state);
      state.savedQ = queued;
    } finally {
      block.unlock();
    }
  }

  private void scanQueue(XiveQueue queue) {
    QueuePage page = queue.qpage();
    if (page == null) {
      return;
    }
    int position = queue.position();
    while (true) {
      int irq = XiveQueue.dataAt(page, position);
      if (irq == XiveQueue.NO_ENTRY) {
        return;
      }
      position = queue.after(position);
      SourceBlock block = irq > XicsHypercalls.IPI ? xive.block(irq) : null;
      if (block != null) {
        block.state(irq).inQueue = true;
      }
    }
  }

  private void unmaskAfterScan(SourceBlock block, SourceState state) {
    if (state.savedScanPrio == SourceState.MASKED) {
      return;
    }
    block.lockForUnmask(state);
    try {
      xive.finishUnmask(state, state.savedScanPrio);
    } finally {
      block.unlock();
    }
  }

  private static void forgetScan(SourceBlock block, SourceState state) {
    state.inQueue = false;
  }

  private long wordOf(SourceState state) {
    boolean masked = state.savedScanPrio == SourceState.MASKED;
    int priority = masked ? state.savedPriority : state.savedScanPrio;
    long word =
        XicsSourceWord.DESTINATION.of(state.actServer) | XicsSourceWord.PRIORITY.of(priority);
    if (masked) {
      word |= XicsSourceWord.MASKED.mask();
    }
    boolean p = state.savedP;
    boolean q = state.savedQ;
    if (state.lsi) {
      word |= XicsSourceWord.LEVEL_SENSITIVE.mask();
      return p ? word | XicsSourceWord.PENDING.mask() : word;
    }
    if (p) {
      word |= XicsSourceWord.PRESENTED.mask();
    }
    if (q) {
      word |= XicsSourceWord.QUEUED.mask();
    }
    // What came while masked waits too. Kernels up to now say so only if the priority to go back to
    // is 0xff as well.
    boolean heldBack = mended ? masked && q && !p : priority == SourceState.MASKED && q;
    return state.inQueue || heldBack ? word | XicsSourceWord.PENDING.mask() : word;
  }

  private interface SourceAction {
    void accept(SourceBlock block, SourceState state);
  }

  private void forEachSource(SourceAction action) {
    for (int id = 0; id <= xive.maxBlockId(); id++) {
      SourceBlock block = xive.blockById(id);
      if (block != null) {
        for (SourceState state : block.states()) {
          if (state.valid) {
            action.accept(block, state);
          }
        }
      }
    }
  }
}
