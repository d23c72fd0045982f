package org.xivebench.xive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jdk.jfr.FlightRecorder;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * An interrupt source: its two ESB pages, its PQ bits, its EAS and, for an LSI, its line.
 *
 * <p>All state that a trigger changes is one word, so that each operation is one compare-and-set:
 *
 * <pre>
 *      31-8     7-4       3        2     1-0
 *  | in flight |  -  | Q taken | line | PQ |
 * </pre>
 *
 * <p>{@code in flight} counts the events of this source that have left PQ and not yet been taken by
 * their END; it goes up in the same step that lets the event go, so who has changed the EAS and
 * then sees 0 knows that every later event follows the new EAS ({@link #sync}).
 *
 * <p>{@code Q taken} is set when PQ goes from 11 to 10 by the host's SET_PQ: it has taken Q away
 * and remembers it, as a hypervisor's mask does. It changes nothing, but a trigger that sets Q then
 * is one with the earlier one, and counted so.
 *
 * <p>Page offsets and the transitions: {@link EsbOffset}, {@link Pq}. LSI: the line does not set Q;
 * an EOI with the line up triggers again. From PQ 11 (which only a SET_PQ reaches) an LSI's EOI
 * with the line up goes to 10 and forwards nothing, as QEMU answers.
 *
 * <p>An object is one life of a source: freeing the interrupt number, or disposing its mapping,
 * ends it, and any later access throws {@link org.xivebench.sync.UseAfterFree}. Not locked.
 */
public final class EsbSource {
  /** Feature: a level-sensitive source with a line. */
  public static final int LSI = 1;

  /** Feature: a store at {@link EsbOffset#STORE_EOI} ends an interrupt. */
  public static final int STORE_EOI = 2;

  private static final int PQ_MASK = 3;
  private static final int LINE = 4;
  private static final int Q_TAKEN = 8;
  private static final int IN_FLIGHT = 1 << 8;

  private static final VarHandle STATE;
  private static final VarHandle EAS;
  private static final VarHandle COALESCED;
  private static final VarHandle DROPPED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      STATE = lookup.findVarHandle(EsbSource.class, "state", int.class);
      EAS = lookup.findVarHandle(EsbSource.class, "eas", long.class);
      COALESCED = lookup.findVarHandle(EsbSource.class, "coalesced", long.class);
      DROPPED = lookup.findVarHandle(EsbSource.class, "dropped", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Xive xive;
  private final int hwIrq;
  private final boolean lsi;
  private final boolean storeEoi;
  private final boolean storeTriggers;
  private final boolean injectable;
  private final long oddLoad;
  private final Lifetime lifetime;

  /** The guest's number, or -1 if this is no guest's. */
  private volatile int guestIrq = -1;

  @SuppressWarnings("unused") // accessed through STATE
  private int state = Pq.OFF;

  @SuppressWarnings("unused") // accessed through EAS
  private long eas;

  @SuppressWarnings("unused") // accessed through COALESCED
  private long coalesced;

  @SuppressWarnings("unused") // accessed through DROPPED
  private long dropped;

  EsbSource(Xive xive, int hwIrq, int features) {
    this.xive = xive;
    this.hwIrq = hwIrq;
    this.lsi = (features & LSI) != 0;
    this.storeEoi = (features & STORE_EOI) != 0;
    this.storeTriggers = !lsi || xive.quirks().has(Quirk.LSI_STORE_TRIGGER);
    this.injectable = xive.quirks().has(Quirk.ESB_STORE_0X800);
    this.oddLoad = xive.quirks().has(Quirk.ODD_ACCESS) ? 0 : EsbOffset.ALL_ONES;
    this.lifetime = new Lifetime(() -> "ESB of hw irq 0x" + Integer.toHexString(hwIrq));
    EAS.setOpaque(this, EasWord.VALID.mask() | EasWord.MASKED.mask());
  }

  // ---- what it is

  /** Returns the hardware number. */
  public int hwIrq() {
    return hwIrq;
  }

  /** Returns whether it is level-sensitive in hardware. */
  public boolean isLsi() {
    return lsi;
  }

  /** Returns whether a store at {@link EsbOffset#STORE_EOI} ends an interrupt. */
  public boolean hasStoreEoi() {
    return storeEoi;
  }

  /** Says which of a guest's interrupts this stands for, to the {@link TriggerObserver}. */
  public void setGuestIrq(int number) {
    guestIrq = number;
  }

  /**
   * Software remembers a Q of this source that PQ never showed, because it was carried in from
   * elsewhere: the next trigger that sets Q is one with it. For the count only.
   */
  public void noteQTaken() {
    Schedule.writes(this);
    int unusedOld = (int) STATE.getAndBitwiseOr(this, Q_TAKEN);
  }

  /** Ends with the number or the mapping. */
  public Lifetime lifetime() {
    return lifetime;
  }

  // ---- the pages

  /**
   * Loads 8 bytes from the management page.
   *
   * @param offset in bytes, any; the page repeats every 4 KiB
   * @return what {@link EsbOffset} says
   */
  public long loadManagement(int offset) {
    return load(offset, Q_TAKEN);
  }

  /**
   * The same by a guest, for which Q that it takes away is an event that it has in hand: one that
   * comes then is another.
   */
  public long guestLoadManagement(int offset) {
    return load(offset, 0);
  }

  private long load(int offset, int takenMark) {
    lifetime.check();
    Schedule.point(PointKind.HARDWARE, this);
    int at = offset & EsbOffset.PERIOD_MASK;
    if (at < EsbOffset.GET) {
      return eoi() ? 1 : 0;
    }
    if (at < EsbOffset.SET_PQ_00) {
      return (int) STATE.getVolatile(this) & PQ_MASK;
    }
    return setPq(EsbOffset.pqOf(at), takenMark);
  }

  /**
   * Stores 8 bytes to the management page. The value does not matter.
   *
   * @return what became of the trigger, if the offset is one; {@code IGNORED} if not
   */
  public TriggerResult storeManagement(int offset, long value) {
    lifetime.check();
    Schedule.point(PointKind.HARDWARE, this);
    int at = offset & EsbOffset.PERIOD_MASK;
    if (at < EsbOffset.STORE_EOI) {
      return storeTriggers ? pulse() : TriggerResult.IGNORED;
    }
    if (at < EsbOffset.GET) {
      if (storeEoi) {
        eoi();
      }
    } else if (at >= EsbOffset.SET_PQ_00) {
      setPq(EsbOffset.pqOf(at), Q_TAKEN);
    } else if (injectable) {
      STATE.getAndAdd(this, IN_FLIGHT);
      return forward() ? TriggerResult.FORWARDED : TriggerResult.MASKED;
    }
    return TriggerResult.IGNORED;
  }

  /** Loads 8 bytes from the trigger page: all ones, no effect. */
  public long loadTrigger(int offset) {
    lifetime.check();
    return EsbOffset.ALL_ONES;
  }

  /** Stores 8 bytes to the trigger page: a trigger, at any offset, whatever the value. */
  public TriggerResult storeTrigger(int offset, long value) {
    return trigger();
  }

  /**
   * Returns what a load gives that is not of 8 bytes, or not 8-aligned: it has no effect. Such
   * stores are ignored.
   */
  public long oddLoad() {
    lifetime.check();
    return oddLoad;
  }

  // ---- the device's side

  /** The device sends its message: the same as a store to the trigger page. */
  public TriggerResult trigger() {
    lifetime.check();
    Schedule.point(PointKind.HARDWARE, this);
    return storeTriggers ? pulse() : TriggerResult.IGNORED;
  }

  /**
   * The device drives the line of an LSI. Going up triggers when PQ is 00; while it is up each EOI
   * triggers again.
   *
   * @return {@link TriggerResult#IGNORED} unless the line went up; {@code COALESCED} if PQ was 10
   *     or 11: the level is kept, not the edge
   * @throws IllegalStateException if the source is not an LSI
   */
  public TriggerResult setLine(boolean up) {
    if (!lsi) {
      throw new IllegalStateException(lifetime + " is not level-sensitive");
    }
    lifetime.check();
    Schedule.point(PointKind.HARDWARE, this);
    while (true) {
      int old = (int) STATE.getVolatile(this);
      int pq = old & PQ_MASK;
      boolean rises = up && (old & LINE) == 0;
      boolean forwards = rises && Pq.triggerForwards(pq);
      int next = up ? old | LINE : old & ~LINE;
      if (forwards) {
        next = ((next & ~PQ_MASK) | Pq.PENDING) + IN_FLIGHT;
      }
      if (STATE.compareAndSet(this, old, next)) {
        if (forwards) {
          return forward() ? TriggerResult.FORWARDED : TriggerResult.MASKED;
        }
        if (!rises) {
          return TriggerResult.IGNORED;
        }
        return pq == Pq.OFF ? drop() : coalesce();
      }
    }
  }

  /** Returns whether the line is up. */
  public boolean line() {
    Schedule.reads(this);
    return ((int) STATE.getVolatile(this) & LINE) != 0;
  }

  // ---- state, for firmware, debugfs and tests

  /** Returns PQ, without being an access to the page. */
  public int pq() {
    Schedule.reads(this);
    return (int) STATE.getVolatile(this) & PQ_MASK;
  }

  /** Returns the {@link EasWord}. */
  public long eas() {
    Schedule.reads(this);
    return (long) EAS.getVolatile(this);
  }

  /**
   * Changes the {@link EasWord}. Events that left PQ before may still follow the old one: see
   * {@link #sync}.
   */
  public void setEas(long eas) {
    Schedule.point(PointKind.HARDWARE, this);
    EAS.setVolatile(this, eas);
  }

  /** Waits until no event is between PQ and the end of its END's processing. */
  public void sync() {
    Schedule.point(PointKind.HARDWARE, this);
    if ((int) STATE.getVolatile(this) >= IN_FLIGHT) {
      Schedule.spinUntil(() -> (int) STATE.getVolatile(this) < IN_FLIGHT, this);
    }
  }

  /** Returns how many triggers found Q set already, or the line of an LSI pending. */
  public long coalesced() {
    return (long) COALESCED.getVolatile(this);
  }

  /** Returns how many triggers and re-triggers found the source off, or its EAS closed. */
  public long dropped() {
    return (long) DROPPED.getVolatile(this);
  }

  // ---- transitions

  private TriggerResult pulse() {
    if (!FlightRecorder.isInitialized()) {
      // To touch an event class costs a start of the JVM a third of a second: the JDK reads the
      // metadata of all its events then.
      return transition();
    }
    EsbTriggerEvent event = new EsbTriggerEvent();
    event.begin();
    TriggerResult result = transition();
    event.end();
    if (event.shouldCommit()) {
      event.commit(guestIrq, hwIrq, result);
    }
    return result;
  }

  private TriggerResult transition() {
    while (true) {
      int old = (int) STATE.getVolatile(this);
      int pq = old & PQ_MASK;
      switch (pq) {
        case Pq.RESET -> {
          int next = (old | Pq.PENDING) + IN_FLIGHT;
          if (STATE.compareAndSet(this, old, next)) {
            return forward() ? TriggerResult.FORWARDED : TriggerResult.MASKED;
          }
        }
        case Pq.PENDING -> {
          if (STATE.compareAndSet(this, old, old | Pq.Q)) {
            if ((old & Q_TAKEN) != 0) {
              TriggerResult unusedCoalesced = coalesce();
            }
            return TriggerResult.QUEUED;
          }
        }
        default -> {
          // A write of the same value: the trigger is after what its sender wrote, and an EOI that
          // comes next must see that.
          if (STATE.compareAndSet(this, old, old)) {
            return pq == Pq.OFF ? drop() : coalesce();
          }
        }
      }
    }
  }

  private boolean eoi() {
    while (true) {
      int old = (int) STATE.getVolatile(this);
      int pq = old & PQ_MASK;
      int nextPq = Pq.eoi(pq);
      boolean forwards = Pq.eoiForwards(pq);
      if ((old & LINE) != 0) {
        forwards = nextPq == Pq.RESET;
        if (forwards) {
          nextPq = Pq.PENDING;
        }
      }
      int next = (old & ~(PQ_MASK | Q_TAKEN)) | nextPq;
      if (forwards) {
        next += IN_FLIGHT;
      }
      if (STATE.compareAndSet(this, old, next)) {
        if (forwards) {
          tellRetriggered();
          forward();
        }
        return forwards;
      }
    }
  }

  private int setPq(int pq, int takenMark) {
    while (true) {
      int old = (int) STATE.getVolatile(this);
      int next = (old & ~(PQ_MASK | Q_TAKEN)) | pq;
      if (pq == Pq.PENDING && (old & PQ_MASK) == Pq.QUEUED) {
        next |= takenMark;
      }
      if (STATE.compareAndSet(this, old, next)) {
        if (pq == Pq.RESET && (old & PQ_MASK) == Pq.QUEUED) {
          tellRetriggered(); // by the trigger that whoever ends it so has to send
        }
        return old & PQ_MASK;
      }
    }
  }

  /** Routes an event, which has been counted as in flight. Returns whether the EAS let it pass. */
  private boolean forward() {
    Schedule.point(PointKind.HARDWARE, this);
    long next;
    try {
      long eas = (long) EAS.getVolatile(this);
      if (!EasWord.isOpen(eas)) {
        TriggerResult unusedOff = drop();
        return false;
      }
      next = xive.route(eas);
      if (guestIrq >= 0) {
        xive.triggerObserver().forwarded(guestIrq);
      }
    } finally {
      Schedule.writes(this);
      STATE.getAndAdd(this, -IN_FLIGHT);
    }
    if (next != 0) {
      xive.escalate(next);
    }
    return true;
  }

  private void tellRetriggered() {
    if (guestIrq >= 0) {
      xive.triggerObserver().retriggered(guestIrq);
    }
  }

  private TriggerResult drop() {
    DROPPED.getAndAdd(this, 1L);
    if (guestIrq >= 0) {
      xive.triggerObserver().dropped(guestIrq);
    }
    return TriggerResult.OFF;
  }

  private TriggerResult coalesce() {
    COALESCED.getAndAdd(this, 1L);
    if (guestIrq >= 0) {
      xive.triggerObserver().coalesced(guestIrq);
    }
    return TriggerResult.COALESCED;
  }

  @Override
  public String toString() {
    return lifetime.toString();
  }
}
