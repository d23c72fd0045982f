package org.xivebench.xive;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * The firmware's XIVE calls, as the host kernel makes them. Numbers are flat: hardware irqs (an
 * escalation's has {@link #ESCALATION_MARKER} set and names an END), and VPs.
 *
 * <p>Calls that only do something return an {@link OpalCode}; calls that tell something return a
 * record that starts with one. A failed call has changed nothing.
 *
 * <p>May be called by any threads at once. Allocation is behind a monitor of its own, a leaf, never
 * held while waiting for hardware; two calls on the same VP at once are the callers' business, as
 * in the kernel.
 *
 * <p>Source: skiboot hw/xive.c (P9), Linux v5.10 arch/powerpc/sysdev/xive/native.c.
 */
public final class Opal {
  /** Set in the hardware number of an escalation; the rest is an END index. */
  public static final int ESCALATION_MARKER = 1 << 24;

  /** Priority that masks a source in {@link #setIrqConfig}. */
  public static final int MASKED = 0xff;

  /** Queue flag: the END is in use (SET_QUEUE_INFO, GET_QUEUE_INFO). */
  public static final int QUEUE_ENABLED = 1;

  /** Queue flag: every event notifies. */
  public static final int QUEUE_ALWAYS_NOTIFY = 2;

  /** Queue flag: events for a VP that is not dispatched escalate. */
  public static final int QUEUE_ESCALATE = 4;

  /** VP flag: the VP is in use. */
  public static final int VP_ENABLED = 1;

  /** VP flag: one escalation for all priorities, at the price of priority 7. */
  public static final int VP_SINGLE_ESCALATION = 2;

  /** {@link #sync} of a source: its events have reached their END. */
  public static final int SYNC_SOURCE = 1;

  /** {@link #sync} of a queue: its END has processed what it had begun. */
  public static final int SYNC_QUEUE = 2;

  private static final int PRIORITIES = 8;

  /** What GET_IRQ_INFO tells; {@code features} as {@link EsbSource#LSI}, … */
  public record IrqInfo(int code, int features, int esbShift, int chip) {}

  /** What GET_QUEUE_INFO tells: address and log2 of the queue's bytes, flags, escalation irq. */
  public record QueueInfo(int code, long address, int order, int flags, int escalationIrq) {}

  /** What GET_QUEUE_STATE tells: generation and index of the next entry. */
  public record QueueState(int code, int toggle, int index) {}

  /** What GET_VP_INFO tells: flags, the CAM value to push (without VO), chip. */
  public record VpInfo(int code, int flags, int cam, int chip) {}

  /** What GET_VP_STATE tells: NVT words 4 and 5; the saved IPB is in bits 47..40. */
  public record VpState(int code, long words45) {}

  private final Xive xive;
  private final BitSet allocatedIrqs = new BitSet();
  private final BitSet allocatedVps = new BitSet();
  private final Map<Integer, Integer> vpBlockSizes = new HashMap<>();
  private int donatedPages;
  private volatile OpalFaults faults = OpalFaults.NONE;

  Opal(Xive xive) {
    this.xive = xive;
    allocatedVps.set(Xive.HOST_VP);
  }

  /** Decides from now on which calls fail. */
  public void setFaults(OpalFaults faults) {
    this.faults = faults;
  }

  private int before(OpalCall call, int argument) {
    Schedule.point(PointKind.HARDWARE, call);
    return faults.before(call, argument);
  }

  // ---- irqs

  /** ALLOCATE_IRQ. Returns the number of a new source, off and masked; 0 if there is none left. */
  public int allocateIrq() {
    if (before(OpalCall.ALLOCATE_IRQ, 0) != OpalCode.SUCCESS) {
      return 0;
    }
    Schedule.writes(allocatedIrqs);
    int index;
    synchronized (allocatedIrqs) {
      index = allocatedIrqs.nextClearBit(0);
      if (index >= xive.irqCount()) {
        return 0;
      }
      allocatedIrqs.set(index);
    }
    int hwIrq = Xive.FIRST_IPI + index;
    xive.addIpi(hwIrq);
    return hwIrq;
  }

  /**
   * FREE_IRQ. Turns the source off, masks it, and ends its object's life.
   *
   * @return PARAMETER if it was not allocated
   */
  public int freeIrq(int hwIrq) {
    int fault = before(OpalCall.FREE_IRQ, hwIrq);
    if (fault != OpalCode.SUCCESS) {
      return fault;
    }
    Schedule.reads(allocatedIrqs);
    int index = hwIrq - Xive.FIRST_IPI;
    synchronized (allocatedIrqs) {
      if (index < 0 || !allocatedIrqs.get(index)) {
        return OpalCode.PARAMETER;
      }
    }
    EsbSource source = xive.sourceOrNull(hwIrq);
    source.loadManagement(EsbOffset.SET_PQ_01);
    source.setEas(EasWord.VALID.mask() | EasWord.MASKED.mask());
    source.sync();
    xive.removeSource(source);
    Schedule.writes(allocatedIrqs);
    synchronized (allocatedIrqs) {
      allocatedIrqs.clear(index);
    }
    return OpalCode.SUCCESS;
  }

  /** Returns how many irqs are allocated: 0 again when everybody has cleaned up. */
  public int allocatedIrqCount() {
    synchronized (allocatedIrqs) {
      return allocatedIrqs.cardinality();
    }
  }

  /** GET_IRQ_INFO. PARAMETER if the number names nothing. */
  public IrqInfo irqInfo(int hwIrq) {
    int fault = before(OpalCall.GET_IRQ_INFO, hwIrq);
    if (fault != OpalCode.SUCCESS) {
      return new IrqInfo(fault, 0, 0, 0);
    }
    if ((hwIrq & ESCALATION_MARKER) != 0) {
      return xive.endOrNull(hwIrq & ~ESCALATION_MARKER) == null
          ? new IrqInfo(OpalCode.PARAMETER, 0, 0, 0)
          : new IrqInfo(OpalCode.SUCCESS, 0, 16, 0);
    }
    EsbSource source = xive.sourceOrNull(hwIrq);
    if (source == null) {
      return new IrqInfo(OpalCode.PARAMETER, 0, 0, 0);
    }
    int features =
        (source.isLsi() ? EsbSource.LSI : 0) | (source.hasStoreEoi() ? EsbSource.STORE_EOI : 0);
    return new IrqInfo(OpalCode.SUCCESS, features, 16, 0);
  }

  /**
   * SET_IRQ_CONFIG. Routes a source, or an escalation; PQ stays. Returns when no event is on its
   * way by the old route.
   *
   * @param vp whose END; when masking, the END of its priority 7 is named
   * @param priority 0 to 7, or {@link #MASKED}
   * @param data the EISN, 31 bits
   * @return PARAMETER if irq, VP or priority do not exist
   */
  public int setIrqConfig(int hwIrq, int vp, int priority, int data) {
    int fault = before(OpalCall.SET_IRQ_CONFIG, hwIrq);
    if (fault != OpalCode.SUCCESS) {
      return fault;
    }
    boolean masked = priority == MASKED;
    if (!isVp(vp) || (!masked && (priority < 0 || priority >= PRIORITIES))) {
      return OpalCode.PARAMETER;
    }
    long route = EasWord.route(vp * PRIORITIES + (masked ? PRIORITIES - 1 : priority), data);
    return setEas(hwIrq, masked ? route | EasWord.MASKED.mask() : route);
  }

  int setEas(int hwIrq, long eas) {
    if ((hwIrq & ESCALATION_MARKER) != 0) {
      End end = xive.endOrNull(hwIrq & ~ESCALATION_MARKER);
      return end == null ? OpalCode.PARAMETER : setEscalation(end, eas);
    }
    EsbSource source = xive.sourceOrNull(hwIrq);
    if (source == null) {
      return OpalCode.PARAMETER;
    }
    source.setEas(eas);
    // Who left before the change arrives by the old route: wait for those.
    source.sync();
    return OpalCode.SUCCESS;
  }

  private static int setEscalation(End end, long eas) {
    return end.update(
        words -> {
          words[4] = (int) (eas >>> 32);
          words[5] = (int) eas;
          return OpalCode.SUCCESS;
        });
  }

  /**
   * SYNC.
   *
   * @param type {@link #SYNC_SOURCE}, {@link #SYNC_QUEUE} or both
   * @param hwIrq the source, or a source that is routed to the queue
   */
  public int sync(int type, int hwIrq) {
    int fault = before(OpalCall.SYNC, hwIrq);
    if (fault != OpalCode.SUCCESS) {
      return fault;
    }
    EsbSource source = xive.sourceOrNull(hwIrq);
    if (source == null) {
      return OpalCode.PARAMETER;
    }
    if ((type & SYNC_SOURCE) != 0) {
      source.sync();
    }
    End end = xive.endOrNull(EasWord.endIndex(source.eas()));
    if ((type & SYNC_QUEUE) != 0 && end != null) {
      end.sync();
    }
    return OpalCode.SUCCESS;
  }

  // ---- VPs

  private boolean isVp(int vp) {
    Schedule.reads(allocatedVps);
    synchronized (allocatedVps) {
      return vp >= 0 && allocatedVps.get(vp);
    }
  }

  /**
   * ALLOCATE_VP_BLOCK: VPs with their eight ENDs each, all disabled.
   *
   * @param order log2 of how many
   * @return the first, a multiple of how many there are; or a negative code: PARAMETER, RESOURCE
   */
  public int allocateVpBlock(int order) {
    int fault = before(OpalCall.ALLOCATE_VP_BLOCK, order);
    if (fault != OpalCode.SUCCESS) {
      return fault;
    }
    if (order < 0 || order > 30) {
      return OpalCode.PARAMETER;
    }
    int count = 1 << order;
    Schedule.writes(allocatedVps);
    synchronized (allocatedVps) {
      for (int base = 0; base <= xive.vpCount() - count; base += count) {
        int taken = allocatedVps.nextSetBit(base);
        if (taken < 0 || taken >= base + count) {
          allocatedVps.set(base, base + count);
          vpBlockSizes.put(base, count);
          xive.forgetVps(base, count);
          return base;
        }
      }
    }
    return OpalCode.RESOURCE;
  }

  /**
   * FREE_VP_BLOCK.
   *
   * @return PARAMETER if no block begins there; XIVE_FREE_ACTIVE, and nothing is freed, while one
   *     of its VPs is enabled. ENDs that are still in use are disabled
   */
  public int freeVpBlock(int base) {
    int fault = before(OpalCall.FREE_VP_BLOCK, base);
    if (fault != OpalCode.SUCCESS) {
      return fault;
    }
    int count;
    synchronized (allocatedVps) {
      Integer size = vpBlockSizes.get(base);
      if (size == null) {
        return OpalCode.PARAMETER;
      }
      count = size;
      for (int vp = base; vp < base + count; vp++) {
        Nvt nvt = xive.nvtOrNull(vp);
        if (nvt != null && nvt.isValid()) {
          return OpalCode.XIVE_FREE_ACTIVE;
        }
      }
      vpBlockSizes.remove(base);
    }
    for (int index = base * PRIORITIES; index < (base + count) * PRIORITIES; index++) {
      End end = xive.endOrNull(index);
      if (end != null) {
        end.update(Opal::disable);
      }
    }
    xive.freeVps(base, count);
    synchronized (allocatedVps) {
      allocatedVps.clear(base, base + count);
    }
    return OpalCode.SUCCESS;
  }

  /** Returns how many VP blocks are allocated: 0 again when everybody has cleaned up. */
  public int allocatedVpBlockCount() {
    synchronized (allocatedVps) {
      return vpBlockSizes.size();
    }
  }

  /** Returns whether the VP has been allocated. */
  boolean isAllocated(int vp) {
    return isVp(vp);
  }

  /** GET_VP_INFO. PARAMETER if there is no such VP. */
  public VpInfo vpInfo(int vp) {
    int fault = before(OpalCall.GET_VP_INFO, vp);
    if (fault == OpalCode.SUCCESS && !isVp(vp)) {
      fault = OpalCode.PARAMETER;
    }
    if (fault != OpalCode.SUCCESS) {
      return new VpInfo(fault, 0, 0, 0);
    }
    Nvt nvt = xive.nvt(vp);
    int flags = (nvt.isValid() ? VP_ENABLED : 0) | (nvt.isGathering() ? VP_SINGLE_ESCALATION : 0);
    return new VpInfo(OpalCode.SUCCESS, flags, nvt.cam(), 0);
  }

  /**
   * SET_VP_INFO. Enabling with {@link #VP_SINGLE_ESCALATION} makes END 7 gather the escalations of
   * the others: silent, without a queue, ESn off, ESe ready. Disabling undoes that: END 7 is zeroed
   * and the others no longer escalate.
   *
   * @return PARAMETER if there is no such VP, single escalation is not available, or the queue of
   *     priority 7 is in use
   */
  public int setVpInfo(int vp, int flags) {
    int fault = before(OpalCall.SET_VP_INFO, vp);
    if (fault != OpalCode.SUCCESS) {
      return fault;
    }
    if (!isVp(vp)) {
      return OpalCode.PARAMETER;
    }
    Nvt nvt = xive.nvt(vp);
    if ((flags & VP_ENABLED) == 0) {
      nvt.setValid(false);
      if (nvt.isGathering()) {
        stopGathering(nvt);
      }
      return OpalCode.SUCCESS;
    }
    if ((flags & VP_SINGLE_ESCALATION) != 0 && !nvt.isGathering()) {
      int code = startGathering(nvt);
      if (code != OpalCode.SUCCESS) {
        return code;
      }
    }
    nvt.setValid(true);
    return OpalCode.SUCCESS;
  }

  private int startGathering(Nvt nvt) {
    if (!xive.hasSingleEscalation()) {
      return OpalCode.PARAMETER;
    }
    int code =
        xive.end(nvt.vp(), PRIORITIES - 1)
            .update(
                words -> {
                  if (EndWord0.VALID.isSet(words[0])) {
                    return OpalCode.PARAMETER;
                  }
                  words[0] =
                      EndWord0.VALID.mask()
                          | EndWord0.SILENT_ESCALATE.mask()
                          | EndWord0.ESCALATE.mask()
                          | EndWord0.BACKLOG.mask();
                  words[1] = EndWord1.ESN.of(Pq.OFF) | EndWord1.ESE.of(Pq.RESET);
                  words[6] = EndWord6.NVT_INDEX.of(nvt.vp());
                  words[7] = EndWord7.PRIORITY.of(PRIORITIES - 1);
                  return OpalCode.SUCCESS;
                },
                null);
    if (code != OpalCode.SUCCESS) {
      return code;
    }
    nvt.setGathering(true);
    for (int priority = 0; priority < PRIORITIES - 1; priority++) {
      xive.end(nvt.vp(), priority)
          .update(
              words -> {
                gather(words, nvt);
                return OpalCode.SUCCESS;
              });
    }
    return OpalCode.SUCCESS;
  }

  /** Makes an END escalate, each time, to the VP's END 7. */
  private static void gather(int[] words, Nvt nvt) {
    long eas = EasWord.route(nvt.endBase() + PRIORITIES - 1, 0);
    words[0] |= EndWord0.UNCONDITIONAL_ESCALATE.mask();
    words[4] = (int) (eas >>> 32);
    words[5] = (int) eas;
  }

  private void stopGathering(Nvt nvt) {
    nvt.setGathering(false);
    xive.end(nvt.vp(), PRIORITIES - 1).update(Opal::disable, null);
    for (int priority = 0; priority < PRIORITIES - 1; priority++) {
      xive.end(nvt.vp(), priority)
          .update(
              words -> {
                words[0] &= ~(EndWord0.UNCONDITIONAL_ESCALATE.mask() | EndWord0.ESCALATE.mask());
                return OpalCode.SUCCESS;
              });
    }
  }

  private static int disable(int[] words) {
    int firmware = words[0] & EndWord0.FIRMWARE.mask();
    Arrays.fill(words, 0);
    words[0] = firmware;
    words[1] = End.WORD1_OFF;
    return OpalCode.SUCCESS;
  }

  /** GET_VP_STATE. PARAMETER if there is no such VP, WRONG_STATE if it is not enabled. */
  public VpState vpState(int vp) {
    int fault = before(OpalCall.GET_VP_STATE, vp);
    if (fault == OpalCode.SUCCESS && !isVp(vp)) {
      fault = OpalCode.PARAMETER;
    }
    if (fault != OpalCode.SUCCESS) {
      return new VpState(fault, 0);
    }
    Nvt nvt = xive.nvt(vp);
    if (!nvt.isValid()) {
      return new VpState(OpalCode.WRONG_STATE, 0);
    }
    return new VpState(OpalCode.SUCCESS, (long) NvtWord4.IPB.of(nvt.savedIpb()) << 32);
  }

  // ---- queues

  /** GET_QUEUE_INFO. PARAMETER if VP or priority do not exist. */
  public QueueInfo queueInfo(int vp, int priority) {
    int fault = before(OpalCall.GET_QUEUE_INFO, vp);
    if (fault == OpalCode.SUCCESS && !isQueue(vp, priority)) {
      fault = OpalCode.PARAMETER;
    }
    if (fault != OpalCode.SUCCESS) {
      return new QueueInfo(fault, 0, 0, 0, 0);
    }
    int[] words = xive.end(vp, priority).words();
    boolean enqueues = EndWord0.ENQUEUE.isSet(words[0]);
    long address = ((long) EndWord2.ADDRESS_HIGH.get(words[2]) << 32) | (words[3] & 0xffff_ffffL);
    int order = EndWord0.QUEUE_SIZE.get(words[0]) + EndWord0.SMALLEST_ORDER;
    int flags =
        (EndWord0.VALID.isSet(words[0]) ? QUEUE_ENABLED : 0)
            | (EndWord0.UNCONDITIONAL_NOTIFY.isSet(words[0]) ? QUEUE_ALWAYS_NOTIFY : 0)
            | (EndWord0.ESCALATE.isSet(words[0]) ? QUEUE_ESCALATE : 0);
    int gatherer = xive.nvt(vp).isGathering() ? PRIORITIES - 1 : priority;
    return new QueueInfo(
        OpalCode.SUCCESS,
        enqueues ? address : 0,
        enqueues ? order : 0,
        flags,
        ESCALATION_MARKER | (vp * PRIORITIES + gatherer));
  }

  private boolean isQueue(int vp, int priority) {
    return isVp(vp) && vp != Xive.HOST_VP && priority >= 0 && priority < PRIORITIES;
  }

  /**
   * SET_QUEUE_INFO. Enabling sets generation 1, index 0 and keeps ESn and ESe; disabling zeroes the
   * END. When this returns, the hardware no longer uses the queue that was there before.
   *
   * @param memory the queue, or null when {@code order} is 0
   * @param address its real address, which the END shows
   * @param order log2 of its bytes: 12, 16, 21, 24, or 0 for no queue
   * @param flags {@link #QUEUE_ENABLED}, …
   * @return PARAMETER if VP, priority or order do not exist, or the END gathers escalations
   */
  public int setQueueInfo(
      int vp, int priority, QueueMemory memory, long address, int order, int flags) {
    int fault = before(OpalCall.SET_QUEUE_INFO, vp);
    if (fault != OpalCode.SUCCESS) {
      return fault;
    }
    boolean sized = order == 12 || order == 16 || order == 21 || order == 24;
    if (!isQueue(vp, priority) || (order != 0 && !sized) || (sized && memory == null)) {
      return OpalCode.PARAMETER;
    }
    Nvt nvt = xive.nvt(vp);
    return xive.end(vp, priority)
        .update(
            words -> {
              if (EndWord0.SILENT_ESCALATE.isSet(words[0])) {
                return OpalCode.PARAMETER;
              }
              if ((flags & QUEUE_ENABLED) == 0) {
                return disable(words);
              }
              words[0] =
                  (words[0] & EndWord0.FIRMWARE.mask())
                      | EndWord0.VALID.mask()
                      | EndWord0.BACKLOG.mask();
              if (sized) {
                words[0] |=
                    EndWord0.ENQUEUE.mask()
                        | EndWord0.QUEUE_SIZE.of(order - EndWord0.SMALLEST_ORDER);
              }
              if ((flags & QUEUE_ALWAYS_NOTIFY) != 0) {
                words[0] |= EndWord0.UNCONDITIONAL_NOTIFY.mask();
              }
              if ((flags & QUEUE_ESCALATE) != 0) {
                words[0] |= EndWord0.ESCALATE.mask();
              }
              words[1] =
                  (words[1] & (EndWord1.ESN.mask() | EndWord1.ESE.mask()))
                      | EndWord1.GENERATION.mask();
              words[2] = sized ? EndWord2.ADDRESS_HIGH.of((int) (address >>> 32)) : 0;
              words[3] = sized ? (int) address : 0;
              words[6] = EndWord6.NVT_INDEX.of(vp);
              words[7] = EndWord7.PRIORITY.of(priority);
              if (nvt.isGathering()) {
                gather(words, nvt);
              }
              return OpalCode.SUCCESS;
            },
            sized ? memory : null);
  }

  /** GET_QUEUE_STATE. WRONG_STATE if the END is not in use. */
  public QueueState queueState(int vp, int priority) {
    int fault = before(OpalCall.GET_QUEUE_STATE, vp);
    if (fault == OpalCode.SUCCESS && !isQueue(vp, priority)) {
      fault = OpalCode.PARAMETER;
    }
    if (fault != OpalCode.SUCCESS) {
      return new QueueState(fault, 0, 0);
    }
    int[] words = xive.end(vp, priority).words();
    return EndWord0.VALID.isSet(words[0])
        ? new QueueState(
            OpalCode.SUCCESS, EndWord1.GENERATION.get(words[1]), EndWord1.PAGE_OFFSET.get(words[1]))
        : new QueueState(OpalCode.WRONG_STATE, 0, 0);
  }

  /** SET_QUEUE_STATE: generation and index of the next entry. WRONG_STATE if not in use. */
  public int setQueueState(int vp, int priority, int toggle, int index) {
    int fault = before(OpalCall.SET_QUEUE_STATE, vp);
    if (fault != OpalCode.SUCCESS) {
      return fault;
    }
    if (!isQueue(vp, priority)) {
      return OpalCode.PARAMETER;
    }
    return xive.end(vp, priority)
        .update(
            words -> {
              if (!EndWord0.VALID.isSet(words[0])) {
                return OpalCode.WRONG_STATE;
              }
              words[1] = EndWord1.GENERATION.set(words[1], toggle);
              words[1] = EndWord1.PAGE_OFFSET.set(words[1], index);
              return OpalCode.SUCCESS;
            });
  }

  /** DONATE_PAGE: memory for VPs, after XIVE_PROVISIONING. This firmware always has enough. */
  public int donatePage() {
    int fault = before(OpalCall.DONATE_PAGE, 0);
    if (fault == OpalCode.SUCCESS) {
      synchronized (allocatedVps) {
        donatedPages++;
      }
    }
    return fault;
  }

  /** Returns how many pages were donated. */
  public int donatedPageCount() {
    synchronized (allocatedVps) {
      return donatedPages;
    }
  }
}
