package org.xivebench.xivenative;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.HostXive;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.SourceBlock;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.irqchip.XiveVcpu;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.Xive;

/**
 * The attribute groups SOURCE, SOURCE_CONFIG and SOURCE_SYNC. Which errno a bad call gets is part
 * of the ABI, and so is the order of the checks.
 */
final class NativeSources {
  private static final int PRIORITY_OF_THE_HOST = 7;

  private final KvmXive xive;
  private final HostXive host;
  private final boolean mended;

  NativeSources(KvmXive xive, boolean mended) {
    this.xive = xive;
    this.host = xive.host();
    this.mended = mended;
  }

  /**
   * SOURCE: makes a source, or resets it: off, routed nowhere.
   *
   * @throws ErrnoException E2BIG for a number out of range; EFAULT; ENXIO if the firmware has no
   *     interrupt left
   */
  void create(long attr, UserBuffer user) throws ErrnoException {
    if (Long.compareUnsigned(attr, KvmXive.NR_IRQS) >= 0) {
      throw new ErrnoException(Errno.E2BIG, "source, irq=0x" + Long.toHexString(attr));
    }
    int irq = (int) attr;
    SourceBlock block = xive.blockOrCreate(irq);
    long word = user.getLong(0);
    SourceState state = block.state(irq);
    block.lock();
    try {
      if (!state.hasIpi()) {
        xive.allocateIpi(state, Errno.ENXIO);
      }
      boolean level = (word & XiveUapi.KVM_XIVE_LEVEL_SENSITIVE) != 0;
      boolean asserted = level && (word & XiveUapi.KVM_XIVE_LEVEL_ASSERTED) != 0;
      // Kernels only ever set these, so that a source once level-sensitive stays it.
      Schedule.writes(state);
      state.lsi = level || (!mended && state.lsi);
      state.asserted = asserted || (!mended && state.asserted);
      leaveQueue(state);
      state.actServer = 0;
      state.actPriority = SourceState.MASKED;
      state.ipiData.loadManagement(EsbOffset.SET_PQ_01);
      host.maskIrq(state.ipiNumber);
      if (!state.valid) {
        xive.addSource(state);
      }
    } finally {
      block.unlock();
    }
  }

  /**
   * SOURCE_CONFIG: routes a source, or masks it in its routing.
   *
   * @throws ErrnoException ENOENT if no source was made near it; EINVAL if it was not made itself,
   *     for priority 7, or no such server; EFAULT; EBUSY if there is room in no queue of that
   *     priority; ENXIO if the firmware refuses the route
   */
  void configure(long attr, UserBuffer user) throws ErrnoException {
    SourceState state = existing(attr);
    long word = user.getLong(0);
    int priority = (int) SourceConfigWord.PRIORITY.get(word);
    int server = (int) SourceConfigWord.SERVER.get(word);
    int eisn = (int) SourceConfigWord.EISN.get(word);
    boolean masked = SourceConfigWord.MASKED.isSet(word);
    if (priority == PRIORITY_OF_THE_HOST) {
      throw new ErrnoException(Errno.EINVAL, "priority " + priority + " is the host's");
    }
    SourceBlock block = state.block();
    block.lock();
    try {
      boolean same =
          state.actServer == server && state.actPriority == priority && state.eisn == eisn;
      if (same && !(mended && masked)) {
        return;
      }
      if (masked) {
        host.configureIrq(state.hwNumber(), Xive.HOST_VP, SourceState.MASKED, 0);
        leaveQueue(state);
        Schedule.writes(state);
        state.actPriority = SourceState.MASKED;
        state.actServer = 0;
        state.eisn = 0;
      } else {
        route(state, server, priority, eisn);
      }
    } finally {
      block.unlock();
    }
  }

  private void route(SourceState state, int server, int priority, int eisn) throws ErrnoException {
    XiveVcpu target = xive.selectTarget(server, priority);
    xive.routeTo(target, state, priority, eisn);
    leaveQueue(state);
    Schedule.writes(state);
    state.actPriority = priority;
    state.actServer = target.serverNumber();
    state.eisn = eisn;
  }

  /**
   * The queue that a source was routed to has room for another. Kernels never take it out of the
   * count, so that 16382 changes of affinity fill a queue for good.
   */
  private void leaveQueue(SourceState state) {
    if (!mended || state.actPriority == SourceState.MASKED) {
      return;
    }
    XiveVcpu old = xive.findServer(state.actServer);
    if (old != null) {
      old.queue(state.actPriority).countDown();
    }
  }

  /**
   * SOURCE_SYNC: when this returns every event that had left the source is in its queue.
   *
   * @throws ErrnoException ENOENT, EINVAL as {@link #configure}
   */
  void sync(long attr) throws ErrnoException {
    SourceState state = existing(attr);
    SourceBlock block = state.block();
    block.lock();
    try {
      host.syncSource(state.hwNumber());
    } finally {
      block.unlock();
    }
  }

  private SourceState existing(long attr) throws ErrnoException {
    boolean inRange = Long.compareUnsigned(attr, KvmXive.NR_IRQS) < 0;
    SourceBlock block = inRange ? xive.block((int) attr) : null;
    if (block == null) {
      throw new ErrnoException(Errno.ENOENT, "no source, irq=0x" + Long.toHexString(attr));
    }
    SourceState state = block.state((int) attr);
    if (!state.valid) {
      throw new ErrnoException(Errno.EINVAL, state + " was not made");
    }
    return state;
  }

  /** Returns whose pages a guest gets that touches those of a source, or null. */
  EsbSource pagesOf(long irq) {
    SourceBlock block = irq < KvmXive.NR_IRQS ? xive.block((int) irq) : null;
    SourceState state = block == null ? null : block.state((int) irq);
    if (state == null || !state.valid) {
      return null;
    }
    block.lock();
    try {
      return state.hwData();
    } finally {
      block.unlock();
    }
  }
}
