package org.xivebench.kvm.irqchip;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.Opal;
import org.xivebench.xive.OpalCode;
import org.xivebench.xive.Xive;

/**
 * The host kernel's wrappers of the firmware's XIVE calls: they wait while the firmware is busy,
 * and make an errno of what it returns.
 *
 * <p>Source: arch/powerpc/sysdev/xive/native.c, Linux v5.10.
 */
public final class HostXive {
  /** What an allocation of VPs returns when there are none: {@code XIVE_INVALID_VP}. */
  public static final int INVALID_VP = -1;

  private static final long BUSY_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Xive xive;
  private final Opal opal;

  HostXive(Xive xive) {
    this.xive = xive;
    this.opal = xive.opal();
  }

  /** Returns the hardware. */
  public Xive hardware() {
    return xive;
  }

  private static int whileBusy(IntSupplier call) {
    int code = call.getAsInt();
    while (code == OpalCode.BUSY) {
      LockSupport.parkNanos(BUSY_DELAY_NANOS);
      code = call.getAsInt();
    }
    return code;
  }

  private static void check(int code, Errno errno, String call, int subject) throws ErrnoException {
    if (code != OpalCode.SUCCESS) {
      throw new ErrnoException(
          errno, "firmware: " + call + " 0x" + Integer.toHexString(subject) + " gave " + code);
    }
  }

  /** Allocates a hardware interrupt, off and masked. Returns 0 if there is none. */
  public int allocIrq() {
    return opal.allocateIrq();
  }

  /**
   * Frees a hardware interrupt.
   *
   * @return whether the firmware did; the kernel does not look
   */
  @CanIgnoreReturnValue
  public boolean freeIrq(int hwIrq) {
    return opal.freeIrq(hwIrq) == OpalCode.SUCCESS;
  }

  /**
   * Maps a hardware interrupt's ESB pages.
   *
   * @throws ErrnoException EINVAL if the firmware does not know it
   */
  public EsbSource populateIrqData(int hwIrq) throws ErrnoException {
    check(opal.irqInfo(hwIrq).code(), Errno.EINVAL, "GET_IRQ_INFO", hwIrq);
    return xive.source(hwIrq);
  }

  /**
   * Routes a source. When this returns no event is on its way by the old route. PQ stays.
   *
   * @param priority 0 to 7, or {@link SourceState#MASKED}
   * @throws ErrnoException ENXIO on any error of the firmware
   */
  public void configureIrq(int hwIrq, int vp, int priority, int data) throws ErrnoException {
    int code = whileBusy(() -> opal.setIrqConfig(hwIrq, vp, priority, data));
    check(code, Errno.ENXIO, "SET_IRQ_CONFIG", hwIrq);
  }

  /**
   * Masks a source at its routing, where the kernel looks at no error.
   *
   * @return whether the firmware did
   */
  @CanIgnoreReturnValue
  public boolean maskIrq(int hwIrq) {
    return whileBusy(() -> opal.setIrqConfig(hwIrq, Xive.HOST_VP, SourceState.MASKED, 0))
        == OpalCode.SUCCESS;
  }

  /** Waits until the events of a source have reached their queue. */
  public void syncSource(int hwIrq) {
    opal.sync(Opal.SYNC_SOURCE, hwIrq);
  }

  /** Waits until the queue that a source is routed to has taken in what was on its way. */
  public void syncQueue(int hwIrq) {
    opal.sync(Opal.SYNC_QUEUE, hwIrq);
  }

  /**
   * Allocates a block of VPs.
   *
   * @param count how many; rounded up to a power of two
   * @return the first, or {@link #INVALID_VP}
   */
  public int allocVpBlock(int count) {
    int order = 32 - Integer.numberOfLeadingZeros(count - 1);
    while (true) {
      int result = whileBusy(() -> opal.allocateVpBlock(order));
      if (result != OpalCode.XIVE_PROVISIONING) {
        return result < 0 ? INVALID_VP : result;
      }
      if (opal.donatePage() != OpalCode.SUCCESS) {
        return INVALID_VP;
      }
    }
  }

  /**
   * Gives a block of VPs back.
   *
   * @return whether the firmware took it: not while one of the VPs is enabled. The kernel warns,
   *     and the block is lost
   */
  @CanIgnoreReturnValue
  public boolean freeVpBlock(int base) {
    return opal.freeVpBlock(base) == OpalCode.SUCCESS;
  }

  /**
   * Tells about a VP.
   *
   * @throws ErrnoException EIO on any error of the firmware
   */
  public Opal.VpInfo vpInfo(int vp) throws ErrnoException {
    Opal.VpInfo info = opal.vpInfo(vp);
    check(info.code(), Errno.EIO, "GET_VP_INFO", vp);
    return info;
  }

  /**
   * Enables a VP.
   *
   * @param singleEscalation whether it has one escalation for all priorities
   * @throws ErrnoException EIO on any error of the firmware
   */
  public void enableVp(int vp, boolean singleEscalation) throws ErrnoException {
    int flags = Opal.VP_ENABLED | (singleEscalation ? Opal.VP_SINGLE_ESCALATION : 0);
    check(whileBusy(() -> opal.setVpInfo(vp, flags)), Errno.EIO, "SET_VP_INFO", vp);
  }

  /**
   * Disables a VP.
   *
   * @return whether the firmware did; the kernel logs
   */
  @CanIgnoreReturnValue
  public boolean disableVp(int vp) {
    return whileBusy(() -> opal.setVpInfo(vp, 0)) == OpalCode.SUCCESS;
  }

  /**
   * Sets a queue up: position 0 first, then the END, and the page is published last. What lay in
   * the END before is no longer used when this returns.
   *
   * @param page the queue, or null for an END that only notifies
   * @param address what the END shows as the page's address
   * @param order log2 of the bytes; 0 without a page
   * @param escalate whether events for a VP that is not dispatched escalate
   * @throws ErrnoException EIO on any error of the firmware; then the page is not published
   */
  public void configureQueue(
      int vp,
      int priority,
      XiveQueue queue,
      QueuePage page,
      long address,
      int order,
      boolean escalate)
      throws ErrnoException {
    Schedule.writes(queue);
    queue.msk = order == 0 ? 0 : (1 << (order - 2)) - 1;
    queue.setPosition(0);
    Opal.QueueInfo info = opal.queueInfo(vp, priority);
    check(info.code(), Errno.EIO, "GET_QUEUE_INFO of VP", vp);
    int flags =
        Opal.QUEUE_ENABLED | Opal.QUEUE_ALWAYS_NOTIFY | (escalate ? Opal.QUEUE_ESCALATE : 0);
    if (escalate) {
      queue.escIrq = info.escalationIrq();
    }
    int code = whileBusy(() -> opal.setQueueInfo(vp, priority, page, address, order, flags));
    check(code, Errno.EIO, "SET_QUEUE_INFO of VP", vp);
    queue.setQpage(page);
  }

  /**
   * Disables a queue's END. When this returns the hardware no longer uses the page; it is the
   * caller's to free.
   *
   * @return whether the firmware did; the kernel logs
   */
  @CanIgnoreReturnValue
  public boolean disableQueue(int vp, int priority) {
    return whileBusy(() -> opal.setQueueInfo(vp, priority, null, 0, 0, 0)) == OpalCode.SUCCESS;
  }

  /**
   * Tells about a queue.
   *
   * @throws ErrnoException EIO on any error of the firmware
   */
  public Opal.QueueInfo queueInfo(int vp, int priority) throws ErrnoException {
    Opal.QueueInfo info = opal.queueInfo(vp, priority);
    check(info.code(), Errno.EIO, "GET_QUEUE_INFO of VP", vp);
    return info;
  }

  /**
   * Tells where the hardware writes next.
   *
   * @throws ErrnoException EIO if the END is not in use
   */
  public Opal.QueueState queueState(int vp, int priority) throws ErrnoException {
    Opal.QueueState state = opal.queueState(vp, priority);
    check(state.code(), Errno.EIO, "GET_QUEUE_STATE of VP", vp);
    return state;
  }

  /**
   * Says where the hardware writes next.
   *
   * @throws ErrnoException EIO if the END is not in use
   */
  public void setQueueState(int vp, int priority, int toggle, int index) throws ErrnoException {
    check(opal.setQueueState(vp, priority, toggle, index), Errno.EIO, "SET_QUEUE_STATE of VP", vp);
  }

  /**
   * Returns NVT words 4 and 5; the saved IPB is in bits 47..40.
   *
   * @throws ErrnoException EIO if the VP is not enabled
   */
  public long vpState(int vp) throws ErrnoException {
    Opal.VpState state = opal.vpState(vp);
    check(state.code(), Errno.EIO, "GET_VP_STATE", vp);
    return state.words45();
  }
}
