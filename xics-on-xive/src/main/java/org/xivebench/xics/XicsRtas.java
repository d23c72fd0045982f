package org.xivebench.xics;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.SourceBlock;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.sync.Schedule;

/**
 * ibm,set-xive, ibm,get-xive, ibm,int-off and ibm,int-on. Called with {@code rtas_token_lock} held,
 * from within KVM_RUN.
 *
 * <p>A source is masked by leaving P set in hardware, so that what comes meanwhile is kept in Q and
 * nothing is lost until it is unmasked. A masked source stays routed.
 *
 * <p>Source: PAPR 7.3.10; arch/powerpc/kvm/book3s_xive.c, Linux v5.10.
 */
final class XicsRtas {
  private final KvmXive xive;
  private final XicsQueues queues;

  XicsRtas(KvmXive xive, XicsQueues queues) {
    this.xive = xive;
    this.queues = queues;
  }

  /**
   * Routes a source and unmasks it, or masks it with priority 0xff. If the server's queue is full
   * or the server cannot take it, another takes its place. A source that cannot be routed at all
   * keeps its route, and is unmasked all the same.
   *
   * @param priority 0xff, this value only, masks; else low 8 bits count
   * @throws ErrnoException ENOMEM, EIO if queues cannot be had for the priority; EINVAL for no such
   *     source or server; EBUSY if no vCPU has room; ENXIO if the firmware refuses the route
   */
  void setXive(int irq, int server, int priority) throws ErrnoException {
    boolean mask = priority == SourceState.MASKED;
    int hwPriority = XicsPriority.fromGuest(priority);
    if (!mask) {
      if (hwPriority == SourceState.MASKED) {
        // 0x1ff and the like: kernels shift out of range here, which has no defined result.
        throw new ErrnoException(Errno.EINVAL, "priority=0x" + Integer.toHexString(priority));
      }
      queues.checkProvisioning(hwPriority);
    }
    SourceState state = source(irq);
    SourceBlock block = state.block();
    if (mask) {
      int unusedOld = block.lockAndMask(state);
    } else {
      block.lockForUnmask(state);
    }
    try {
      int actPriority = mask ? state.actPriority : hwPriority;
      ErrnoException refused = null;
      if (actPriority != SourceState.MASKED
          && (state.actServer != server || state.actPriority != actPriority)) {
        // A new server counts also when the source is being masked.
        try {
          xive.targetInterrupt(state, server, actPriority);
        } catch (ErrnoException e) {
          refused = e;
        }
      }
      if (!mask) {
        xive.finishUnmask(state, priority & 0xff);
      }
      Schedule.writes(state);
      state.savedPriority = priority & 0xff;
      if (refused != null) {
        throw refused;
      }
    } finally {
      block.unlock();
    }
  }

  /**
   * Tells where a source is routed, which may not be where the guest wanted it, and its priority,
   * 0xff while it is masked.
   *
   * @throws ErrnoException EINVAL for no such source
   */
  Device.ServerPriority getXive(int irq) throws ErrnoException {
    SourceState state = source(irq);
    SourceBlock block = state.block();
    block.lock();
    try {
      return new Device.ServerPriority(state.actServer, state.guestPriority);
    } finally {
      block.unlock();
    }
  }

  /**
   * Masks a source. A second call in a row forgets the priority to go back to.
   *
   * @throws ErrnoException EINVAL for no such source
   */
  void intOff(int irq) throws ErrnoException {
    SourceState state = source(irq);
    SourceBlock block = state.block();
    int old = block.lockAndMask(state);
    try {
      Schedule.writes(state);
      state.savedPriority = old;
    } finally {
      block.unlock();
    }
  }

  /**
   * Unmasks a source with the priority that it had; does nothing if there is none to go back to.
   *
   * @throws ErrnoException EINVAL for no such source, or one that was never routed
   */
  void intOn(int irq) throws ErrnoException {
    SourceState state = source(irq);
    SourceBlock block = state.block();
    // Without the lock, as the kernel does: who changes these at the same time wins or loses whole.
    if (state.actPriority == SourceState.MASKED) {
      throw new ErrnoException(Errno.EINVAL, "not routed, irq=0x" + Integer.toHexString(irq));
    }
    int priority = state.savedPriority;
    if (priority == SourceState.MASKED) {
      return;
    }
    block.lockForUnmask(state);
    try {
      xive.finishUnmask(state, priority);
    } finally {
      block.unlock();
    }
  }

  /** Returns a source. Kernels do not look whether a block has it, and would go on to nowhere. */
  private SourceState source(int irq) throws ErrnoException {
    SourceBlock block = xive.block(irq);
    SourceState state = block == null ? null : block.state(irq);
    if (state == null || !state.valid) {
      throw new ErrnoException(Errno.EINVAL, "no source, irq=0x" + Integer.toHexString(irq));
    }
    return state;
  }
}
