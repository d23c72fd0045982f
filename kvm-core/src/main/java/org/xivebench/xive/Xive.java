package org.xivebench.xive;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.xivebench.sync.Schedule;

/**
 * The XIVE of one host: its sources, ENDs, NVTs and TIMAs. An in-kernel device reaches it through
 * {@link #opal} and the pages, as the kernel does; an emulated controller may also use the objects
 * directly.
 *
 * <p>Objects come into being when they are first named and are found again by number; a number that
 * was freed and is used by hardware again meets the old object and throws {@link
 * org.xivebench.sync.UseAfterFree}.
 */
public final class Xive {
  /** The VP that stands for the host's own threads; always there, and nobody's to allocate. */
  public static final int HOST_VP = 0;

  /** The first hardware number that {@link Opal#allocateIrq} gives. */
  public static final int FIRST_IPI = 0x100000;

  /** The host priority of the events that it handles itself. */
  private static final int HOST_PRIORITY = 6;

  private static final int HOST_ENDS = 8;

  private static final VarHandle ENDS = MethodHandles.arrayElementVarHandle(End[].class);
  private static final VarHandle NVTS = MethodHandles.arrayElementVarHandle(Nvt[].class);

  private final int irqCount;
  private final int vpCount;
  private final boolean singleEscalation;
  private final boolean storeEoi;
  private final Quirks quirks;

  private final End[] ends;
  private final Nvt[] nvts;
  private final Map<Integer, EsbSource> sources = new ConcurrentHashMap<>();
  private final Map<Integer, HostIrq> hostIrqs = new ConcurrentHashMap<>();
  private final AtomicInteger timaCount = new AtomicInteger();
  private final AtomicInteger partitionCount = new AtomicInteger();
  private final Opal opal;
  private volatile TriggerObserver triggerObserver = TriggerObserver.NONE;
  private volatile PresentationObserver presentationObserver = PresentationObserver.NONE;

  private Xive(Builder from) {
    this.irqCount = from.irqCount;
    this.vpCount = from.vpCount;
    this.singleEscalation = from.singleEscalation;
    this.storeEoi = from.storeEoi;
    this.quirks = from.quirks;
    this.ends = new End[vpCount * 8];
    this.nvts = new Nvt[vpCount];
    this.opal = new Opal(this);
  }

  /** What a host has. The defaults are a POWER9's: single escalation, no StoreEOI, no quirks. */
  public static final class Builder {
    private int irqCount = 0x200000;
    private int vpCount = 1 << 14;
    private boolean singleEscalation = true;
    private boolean storeEoi;
    private Quirks quirks = Quirks.NONE;

    /** Starts from the defaults. */
    public Builder() {}

    /** How many irqs {@link Opal#allocateIrq} can give: up to 0xf00000. */
    @CanIgnoreReturnValue
    public Builder irqCount(int count) {
      if (count < 0 || count > 0xf00000) {
        throw new IllegalArgumentException("irqCount " + count);
      }
      this.irqCount = count;
      return this;
    }

    /** How many VPs there are, the host's included: up to 2^19. */
    @CanIgnoreReturnValue
    public Builder vpCount(int count) {
      if (count < 1 || count > 1 << 19) {
        throw new IllegalArgumentException("vpCount " + count);
      }
      this.vpCount = count;
      return this;
    }

    /** Whether VPs can be made to have one escalation for all priorities. */
    @CanIgnoreReturnValue
    public Builder singleEscalation(boolean available) {
      this.singleEscalation = available;
      return this;
    }

    /** Whether the irqs of {@link Opal#allocateIrq} have StoreEOI. */
    @CanIgnoreReturnValue
    public Builder storeEoi(boolean available) {
      this.storeEoi = available;
      return this;
    }

    /** What differs from the architecture. */
    @CanIgnoreReturnValue
    public Builder quirks(Quirks quirks) {
      this.quirks = quirks;
      return this;
    }

    /** Builds the hardware, with nothing allocated. */
    public Xive build() {
      return new Xive(this);
    }
  }

  /** Returns the firmware. */
  public Opal opal() {
    return opal;
  }

  /** Returns what differs from the architecture. */
  public Quirks quirks() {
    return quirks;
  }

  /** Lets somebody watch triggers; {@link TriggerObserver#NONE} for nobody. */
  public void setTriggerObserver(TriggerObserver observer) {
    triggerObserver = observer;
  }

  TriggerObserver triggerObserver() {
    return triggerObserver;
  }

  /** Lets somebody watch what is presented; {@link PresentationObserver#NONE} for nobody. */
  public void setPresentationObserver(PresentationObserver observer) {
    presentationObserver = observer;
  }

  PresentationObserver presentationObserver() {
    return presentationObserver;
  }

  /** Returns whether VPs can have one escalation for all priorities. */
  public boolean hasSingleEscalation() {
    return singleEscalation;
  }

  int irqCount() {
    return irqCount;
  }

  int vpCount() {
    return vpCount;
  }

  /** Adds a hardware thread's TIMA. */
  public Tima newTima() {
    return new Tima(this, timaCount.getAndIncrement());
  }

  /** Adds a logical partition. Returns its number on this host, from 1. */
  public int newPartition() {
    return partitionCount.incrementAndGet();
  }

  // ---- sources

  /**
   * Returns a source: a mapping of its pages.
   *
   * @throws IllegalArgumentException if the number names none
   */
  public EsbSource source(int hwIrq) {
    EsbSource source = sourceOrNull(hwIrq);
    if (source == null) {
      throw new IllegalArgumentException("no source, hwIrq=0x" + Integer.toHexString(hwIrq));
    }
    return source;
  }

  /** Returns whether a number names a source. */
  public boolean hasSource(int hwIrq) {
    return sourceOrNull(hwIrq) != null;
  }

  EsbSource sourceOrNull(int hwIrq) {
    Schedule.reads(sources);
    return sources.get(hwIrq);
  }

  /**
   * Adds a source that is not from the firmware's pool: a device's, or one of an emulated
   * controller. It is off and masked.
   *
   * @param hwIrq below {@link #FIRST_IPI}
   * @param features {@link EsbSource#LSI}, {@link EsbSource#STORE_EOI}, or 0
   */
  public EsbSource defineSource(int hwIrq, int features) {
    if (hwIrq < 0 || hwIrq >= FIRST_IPI) {
      throw new IllegalArgumentException("hwIrq=0x" + Integer.toHexString(hwIrq));
    }
    EsbSource source = new EsbSource(this, hwIrq, features);
    if (sources.putIfAbsent(hwIrq, source) != null) {
      throw new IllegalArgumentException("in use: hwIrq=0x" + Integer.toHexString(hwIrq));
    }
    return source;
  }

  void addIpi(int hwIrq) {
    Schedule.writes(sources);
    sources.put(hwIrq, new EsbSource(this, hwIrq, storeEoi ? EsbSource.STORE_EOI : 0));
  }

  void removeSource(EsbSource source) {
    Schedule.writes(sources);
    sources.remove(source.hwIrq(), source);
    source.lifetime().free("FREE_IRQ");
  }

  // ---- VPs

  /**
   * Returns a VP's NVT.
   *
   * @throws IllegalArgumentException if it has not been allocated
   */
  public Nvt nvt(int vp) {
    Nvt nvt = nvtOrNull(vp);
    if (nvt == null) {
      requireAllocated(vp);
      Nvt fresh = new Nvt(vp);
      nvt = (Nvt) NVTS.compareAndExchange(nvts, vp, null, fresh);
      if (nvt == null) {
        nvt = fresh;
      }
    }
    return nvt;
  }

  /**
   * Returns the END of a VP and priority.
   *
   * @throws IllegalArgumentException if the VP has not been allocated
   */
  public End end(int vp, int priority) {
    if (priority < 0 || priority > 7) {
      throw new IllegalArgumentException("priority=" + priority);
    }
    int index = vp * 8 + priority;
    End end = endOrNull(index);
    if (end == null) {
      requireAllocated(vp);
      End fresh = new End(this, index);
      end = (End) ENDS.compareAndExchange(ends, index, null, fresh);
      if (end == null) {
        end = fresh;
      }
    }
    return end;
  }

  private void requireAllocated(int vp) {
    if (vp == HOST_VP || !opal.isAllocated(vp)) {
      throw new IllegalArgumentException("no VP 0x" + Integer.toHexString(vp));
    }
  }

  /** Maps an END's own ESB page: ESn's if {@code notify}, else ESe's. */
  public EndEsb endEsb(int vp, int priority, boolean notify) {
    return new EndEsb(this, end(vp, priority), notify);
  }

  /** Returns the queue that the END of a VP and priority writes to now, or null. */
  public QueueMemory queueOf(int vp, int priority) {
    End end = endOrNull(vp * 8 + priority);
    return end == null ? null : end.queue();
  }

  /** Returns whether an END of a block of VPs is in use. */
  public boolean isAnyEndValid(int baseVp, int count) {
    for (int index = baseVp * 8; index < (baseVp + count) * 8; index++) {
      End end = endOrNull(index);
      if (end != null && end.isValid()) {
        return true;
      }
    }
    return false;
  }

  Nvt nvtOrNull(int vp) {
    Schedule.reads(ends);
    return vp >= 0 && vp < vpCount ? (Nvt) NVTS.getAcquire(nvts, vp) : null;
  }

  Nvt nvtOfCam(int camWord) {
    return nvtOrNull(camWord & 0xff_ffff);
  }

  End endOrNull(int index) {
    Schedule.reads(ends);
    return index >= 0 && index < ends.length ? (End) ENDS.getAcquire(ends, index) : null;
  }

  /** A block is allocated anew: what was freed there before gives way. */
  void forgetVps(int base, int count) {
    Schedule.writes(ends);
    for (int vp = base; vp < base + count; vp++) {
      NVTS.setRelease(nvts, vp, (Nvt) null);
    }
    for (int index = base * 8; index < (base + count) * 8; index++) {
      ENDS.setRelease(ends, index, (End) null);
    }
  }

  /** A block is freed: its objects stay where they are, to catch who still uses them. */
  void freeVps(int base, int count) {
    for (int vp = base; vp < base + count; vp++) {
      if (nvts[vp] != null) {
        nvtOrNull(vp).lifetime().free("FREE_VP_BLOCK");
      }
    }
    for (int index = base * 8; index < (base + count) * 8; index++) {
      if (ends[index] != null) {
        endOrNull(index).lifetime().free("FREE_VP_BLOCK");
      }
    }
  }

  // ---- events

  /**
   * Takes an event to where its open EAS says.
   *
   * @return the EAS that {@link #escalate} is to go on with, or 0
   */
  long route(long eas) {
    int index = EasWord.endIndex(eas);
    if (index < HOST_ENDS) {
      return eas;
    }
    End end = endOrNull(index);
    return end == null ? 0 : end.process(EasWord.data(eas));
  }

  /** Follows escalations until one reaches the host, or none goes on. */
  void escalate(long first) {
    long eas = first;
    while (EasWord.isOpen(eas)) {
      if (EasWord.endIndex(eas) < HOST_ENDS) {
        Schedule.reads(hostIrqs);
        HostIrq hostIrq = hostIrqs.get(EasWord.data(eas));
        if (hostIrq != null) {
          hostIrq.fire();
        }
        return;
      }
      eas = route(eas);
    }
  }

  // ---- the host's own interrupts

  /**
   * Requests an interrupt for the host: routes it here, and unmasks it (PQ 00).
   *
   * @param hwIrq an escalation's, from {@link Opal#queueInfo}, or a source's
   * @param name what it is called in messages
   * @param handler runs on the thread whose access caused the event, with no lock of the hardware
   *     held; must not block
   * @return null if somebody has requested it already
   * @throws IllegalArgumentException if the number names nothing
   */
  public HostIrq requestHostIrq(int hwIrq, String name, Runnable handler) {
    EsbSource source = null;
    EndEsb escalation = null;
    if ((hwIrq & Opal.ESCALATION_MARKER) != 0) {
      int index = hwIrq & ~Opal.ESCALATION_MARKER;
      escalation = endEsb(index >>> 3, index & 7, false);
    } else {
      source = source(hwIrq);
    }
    HostIrq hostIrq = new HostIrq(this, hwIrq, name, handler, source, escalation);
    Schedule.writes(hostIrqs);
    if (hostIrqs.putIfAbsent(hwIrq, hostIrq) != null) {
      return null;
    }
    opal.setEas(hwIrq, EasWord.route(HOST_VP * 8 + HOST_PRIORITY, hwIrq));
    if (escalation != null) {
      escalation.load(EsbOffset.SET_PQ_00);
    } else {
      source.loadManagement(EsbOffset.SET_PQ_00);
    }
    return hostIrq;
  }

  /** Returns whether the host has requested an interrupt. */
  public boolean isHostIrq(int hwIrq) {
    Schedule.reads(hostIrqs);
    return hostIrqs.containsKey(hwIrq);
  }

  void forgetHostIrq(HostIrq hostIrq) {
    Schedule.writes(hostIrqs);
    if (hostIrqs.remove(hostIrq.hwIrq(), hostIrq)) {
      opal.setEas(hostIrq.hwIrq(), EasWord.VALID.mask() | EasWord.MASKED.mask());
    }
  }
}
