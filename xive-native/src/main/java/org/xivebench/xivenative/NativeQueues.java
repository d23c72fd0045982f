package org.xivebench.xivenative;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestMemory;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.Escalations;
import org.xivebench.kvm.irqchip.HostXive;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.QueuePage;
import org.xivebench.kvm.irqchip.XiveQueue;
import org.xivebench.kvm.irqchip.XiveVcpu;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.Opal;

/**
 * The attribute group EQ_CONFIG: a guest's event queues, in its memory. Which errno a bad call gets
 * is part of the ABI, and so is the order of the checks.
 *
 * <p>A queue lies in one host page, to which the device holds a reference for as long as the
 * hardware may write there: that of the old queue is dropped when the END has the new one.
 */
final class NativeQueues {
  private static final int PRIORITY_OF_THE_HOST = 7;

  private final KvmXive xive;
  private final HostXive host;

  NativeQueues(KvmXive xive) {
    this.xive = xive;
    this.host = xive.host();
  }

  /**
   * Sets a queue up, or takes it away (qshift 0).
   *
   * @throws ErrnoException EFAULT; ENOENT for no such server; EINVAL for priority 7, flags, size,
   *     alignment or address; EIO if the firmware fails; EBUSY if the escalation is taken
   */
  void set(long attr, UserBuffer user) throws ErrnoException {
    EqConfig eq = EqConfig.read(user);
    XiveVcpu xc = presenterOf(attr);
    int priority = priorityOf(attr);
    if (!xive.vm().has(KernelFix.EQ_RESET_FLAGS)) {
      requireFlags(eq);
    }
    if (eq.qshift() == 0) {
      configure(xc, priority, null, eq);
      return;
    }
    requireFlags(eq);
    if (eq.qshift() != GuestMemory.PAGE_SHIFT) {
      throw new ErrnoException(Errno.EINVAL, "queue size, qshift=" + eq.qshift());
    }
    if ((eq.qaddr() & (GuestMemory.PAGE_BYTES - 1)) != 0) {
      throw notAQueue("not aligned", eq);
    }
    GuestMemory memory = xive.vm().memory();
    if (!memory.contains(eq.qaddr(), GuestMemory.PAGE_BYTES)) {
      throw notAQueue("not in RAM", eq);
    }
    configure(xc, priority, takePage(memory, eq), eq);
    boolean done = false;
    try {
      if (eq.qtoggle() != 1 || eq.qindex() != 0) {
        host.setQueueState(xc.vpId(), priority, eq.qtoggle(), eq.qindex());
      }
      Escalations.attach(xc, priority);
      done = true;
    } finally {
      if (!done) {
        takeAway(xc, priority);
      }
    }
  }

  /**
   * Takes a reference to the page of a queue, which must be one page of the host. Kernels before
   * Linux 30486e72093e take it before they look, and keep it.
   */
  private QueuePage takePage(GuestMemory memory, EqConfig eq) throws ErrnoException {
    boolean fits = eq.qshift() <= xive.vm().config().hostPageShift();
    QueuePage page = null;
    if (fits || !xive.vm().has(KernelFix.EQ_PAGE_CHECK)) {
      page = QueuePage.ofGuest(memory, eq.qaddr());
    }
    if (!fits) {
      throw notAQueue("the host's pages are smaller than the queue", eq);
    }
    return page;
  }

  private static void requireFlags(EqConfig eq) throws ErrnoException {
    if (eq.flags() != EqConfig.ALWAYS_NOTIFY) {
      throw new ErrnoException(Errno.EINVAL, "flags=0x" + Integer.toHexString(eq.flags()));
    }
  }

  private static ErrnoException notAQueue(String why, EqConfig eq) {
    return new ErrnoException(Errno.EINVAL, why + ", qaddr=0x" + Long.toHexString(eq.qaddr()));
  }

  private void configure(XiveVcpu xc, int priority, QueuePage page, EqConfig eq)
      throws ErrnoException {
    XiveQueue queue = xc.queue(priority);
    QueuePage previous = queue.qpage();
    int previousMask = queue.msk;
    boolean configured = false;
    try {
      host.configureQueue(
          xc.vpId(),
          priority,
          queue,
          page,
          page == null ? 0 : eq.qaddr(),
          page == null ? 0 : eq.qshift(),
          true);
      configured = true;
    } finally {
      if (!configured) {
        Schedule.writes(queue);
        queue.msk = previousMask;
        if (page != null) {
          page.free("EQ_CONFIG failed");
        }
      }
    }
    Schedule.writes(queue);
    queue.guestQaddr = page == null ? 0 : eq.qaddr();
    queue.guestQshift = page == null ? 0 : eq.qshift();
    // Before Linux 31a88c82b466 kernels forgot the page that they had.
    if (previous != null && xive.vm().has(KernelFix.EQ_PAGE_PUT)) {
      previous.free("EQ_CONFIG");
    }
  }

  private void takeAway(XiveVcpu xc, int priority) {
    host.disableQueue(xc.vpId(), priority);
    XiveQueue queue = xc.queue(priority);
    queue.qpage().free("EQ_CONFIG failed");
    queue.setQpage(null);
    Schedule.writes(queue);
    queue.guestQaddr = 0;
    queue.guestQshift = 0;
  }

  /**
   * Tells about a queue. Where there is none nothing is written, and that is no error.
   *
   * @throws ErrnoException ENOENT for no such server; EINVAL for priority 7; EIO if the firmware
   *     fails; EFAULT
   */
  void get(long attr, UserBuffer user) throws ErrnoException {
    XiveVcpu xc = presenterOf(attr);
    int priority = priorityOf(attr);
    XiveQueue queue = xc.queue(priority);
    if (queue.qpage() == null) {
      return;
    }
    Opal.QueueInfo info = host.queueInfo(xc.vpId(), priority);
    Opal.QueueState state = host.queueState(xc.vpId(), priority);
    boolean alwaysNotify = (info.flags() & Opal.QUEUE_ALWAYS_NOTIFY) != 0;
    new EqConfig(
            alwaysNotify ? EqConfig.ALWAYS_NOTIFY : 0,
            queue.guestQshift,
            queue.guestQaddr,
            state.toggle(),
            state.index())
        .write(user);
  }

  private XiveVcpu presenterOf(long attr) throws ErrnoException {
    int server = (int) EqIdWord.SERVER.get(attr);
    XiveVcpu xc = xive.findServer(server);
    if (xc == null) {
      throw new ErrnoException(Errno.ENOENT, "no vCPU is server " + server);
    }
    return xc;
  }

  private static int priorityOf(long attr) throws ErrnoException {
    int priority = (int) EqIdWord.PRIORITY.get(attr);
    if (priority == PRIORITY_OF_THE_HOST) {
      throw new ErrnoException(Errno.EINVAL, "priority " + priority + " is the host's");
    }
    return priority;
  }
}
