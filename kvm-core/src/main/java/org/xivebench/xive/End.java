package org.xivebench.xive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * Event Notification Descriptor: where an event is written and who is told. Words as {@link
 * EndWord0} to {@link EndWord7}.
 *
 * <p>One thread at a time processes an event at an END, as in hardware: it owns the busy bit, which
 * lies in a reserved bit of word 1 and is never shown. All other words are read and changed by the
 * owner only. So entries appear in the queue in order of their index, and whoever has seen an END
 * become invalid under the busy bit knows that nobody writes to its queue any more. Interrupt lines
 * and escalations are told after the bit has been given back.
 *
 * <p>Processing, in this order:
 *
 * <ol>
 *   <li>not valid: the event is discarded;
 *   <li>q: an entry is written to the queue;
 *   <li>s: on to 6;
 *   <li>priority 0xff: stop. n clear: ESn coalesces; stop unless it forwards;
 *   <li>NVT not valid: discard. VP dispatched: into its TIMA, stop. Else b: into the NVT's IPB;
 *   <li>e clear: stop. u clear: ESe coalesces; stop unless it forwards. The escalation EAS is
 *       processed as an event of its own.
 * </ol>
 *
 * <p>Source: QEMU 7.2's order of processing, which follows the architecture.
 */
public final class End {
  /** IBM bit 8 of word 1. */
  private static final int BUSY = 1 << 23;

  /** ESn and ESe off, as after a disable. */
  static final int WORD1_OFF = EndWord1.ESN.of(Pq.OFF) | EndWord1.ESE.of(Pq.OFF);

  private static final int VALID = EndWord0.VALID.mask();
  private static final int ENQUEUE = EndWord0.ENQUEUE.mask();
  private static final int NOTIFY = EndWord0.UNCONDITIONAL_NOTIFY.mask();
  private static final int BACKLOG = EndWord0.BACKLOG.mask();
  private static final int ESCALATE = EndWord0.ESCALATE.mask();
  private static final int ESCALATE_ALWAYS = EndWord0.UNCONDITIONAL_ESCALATE.mask();
  private static final int SILENT = EndWord0.SILENT_ESCALATE.mask();

  private static final VarHandle WORD1;
  private static final VarHandle DISCARDED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      WORD1 = lookup.findVarHandle(End.class, "word1", int.class);
      DISCARDED = lookup.findVarHandle(End.class, "discarded", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Xive xive;
  private final int index;
  private final Lifetime lifetime;

  @SuppressWarnings("unused") // accessed through WORD1
  private int word1 = WORD1_OFF;

  @SuppressWarnings("unused") // accessed through DISCARDED
  private long discarded;

  // Owned by whoever holds the busy bit.
  private int word0;
  private int word2;
  private int word3;
  private int word4;
  private int word5;
  private int word6;
  private int word7;
  private QueueMemory queue;
  private int queueMask;
  private Nvt nvt;
  private int ipbBit;

  End(Xive xive, int index) {
    this.xive = xive;
    this.index = index;
    this.lifetime =
        new Lifetime(
            () -> "END of VP 0x" + Integer.toHexString(index >>> 3) + " priority " + (index & 7));
  }

  /** Returns its index in block 0: 8 * VP + priority. */
  public int index() {
    return index;
  }

  /** Ends when the firmware frees its VP's block. */
  public Lifetime lifetime() {
    return lifetime;
  }

  // ---- the words

  /** Returns all eight words, as they are at one moment. */
  public int[] words() {
    int w1 = acquire();
    try {
      return new int[] {word0, w1, word2, word3, word4, word5, word6, word7};
    } finally {
      release(w1);
    }
  }

  /** Returns word 1 without stopping the END: ESn, ESe, generation and page offset. */
  public int word1() {
    return (int) WORD1.getVolatile(this) & ~BUSY;
  }

  /** Returns whether it is in use. */
  public boolean isValid() {
    return EndWord0.VALID.isSet(words()[0]);
  }

  /** Returns the memory of its queue, or null. */
  public QueueMemory queue() {
    int w1 = acquire();
    try {
      return queue;
    } finally {
      release(w1);
    }
  }

  /** Returns how many events came while the END or its NVT was not valid. */
  public long discarded() {
    return (long) DISCARDED.getVolatile(this);
  }

  /**
   * Replaces all words, when the event that is being processed, if any, is done: when this returns,
   * the hardware has stopped using the old ones.
   *
   * @param words eight
   * @param memory where the queue lies, if the words have {@link EndWord0#ENQUEUE}
   */
  public void store(int[] words, QueueMemory memory) {
    if (EndWord0.ENQUEUE.isSet(words[0]) && memory == null) {
      throw new IllegalArgumentException("a queue without memory");
    }
    Schedule.point(PointKind.HARDWARE, this);
    int w1 = acquire();
    try {
      install(words, memory);
      w1 = words[1] & ~BUSY;
    } finally {
      release(w1);
    }
  }

  /** What firmware does to an END in one step. */
  interface Update {
    /**
     * Changes the words in place.
     *
     * @return what the firmware call returns
     */
    int apply(int[] words);
  }

  /** Changes words in one step; the queue's memory stays unless ENQUEUE goes. */
  int update(Update update) {
    return update(update, queue());
  }

  /** Changes words in one step; {@code memory} is the queue's from then on. */
  int update(Update update, QueueMemory memory) {
    Schedule.point(PointKind.HARDWARE, this);
    int w1 = acquire();
    try {
      int[] words = {word0, w1, word2, word3, word4, word5, word6, word7};
      int result = update.apply(words);
      if (result == OpalCode.SUCCESS) {
        install(words, memory);
        w1 = words[1] & ~BUSY;
      }
      return result;
    } finally {
      release(w1);
    }
  }

  private void install(int[] words, QueueMemory memory) {
    word0 = words[0];
    word2 = words[2];
    word3 = words[3];
    word4 = words[4];
    word5 = words[5];
    word6 = words[6];
    word7 = words[7];
    boolean enqueues = (word0 & ENQUEUE) != 0;
    queue = enqueues ? memory : null;
    int order = EndWord0.QUEUE_SIZE.get(word0) + EndWord0.SMALLEST_ORDER;
    queueMask = (1 << (order - 2)) - 1;
    nvt =
        (word0 & VALID) != 0 && !EndWord6.FORMAT.isSet(word6)
            ? xive.nvtOrNull(EndWord6.NVT_INDEX.get(word6))
            : null;
    int priority = EndWord7.PRIORITY.get(word7);
    ipbBit = OsRingWord.ipbOf(priority);
  }

  /** Waits until the event that is being processed, if any, is done. */
  public void sync() {
    Schedule.point(PointKind.HARDWARE, this);
    release(acquire());
  }

  // ---- the busy bit

  private int acquire() {
    while (true) {
      int w1 = (int) WORD1.getVolatile(this);
      if ((w1 & BUSY) == 0 && WORD1.compareAndSet(this, w1, w1 | BUSY)) {
        return w1;
      }
      if ((w1 & BUSY) != 0) {
        Schedule.spinUntil(() -> ((int) WORD1.getVolatile(this) & BUSY) == 0, this);
      }
    }
  }

  private void release(int w1) {
    Schedule.writes(this);
    WORD1.setRelease(this, w1);
  }

  // ---- events

  /**
   * Processes an event.
   *
   * @param data 31 bits
   * @return the escalation EAS to go on with, or 0
   */
  long process(int data) {
    lifetime.check();
    Schedule.point(PointKind.HARDWARE, this);
    Nvt toSignal = null;
    int w1 = acquire();
    try {
      int w0 = word0;
      if ((w0 & VALID) == 0) {
        DISCARDED.getAndAdd(this, 1L);
        return 0;
      }
      if ((w0 & ENQUEUE) != 0) {
        w1 = enqueue(w1, data);
      }
      if ((w0 & SILENT) == 0) {
        if (ipbBit == 0) {
          return 0;
        }
        if ((w0 & NOTIFY) == 0) {
          int esn = EndWord1.ESN.get(w1);
          w1 = EndWord1.ESN.set(w1, Pq.trigger(esn));
          if (!Pq.triggerForwards(esn)) {
            return 0;
          }
        }
        int result = notifyNvt(w0);
        if (result == Nvt.RAISED) {
          toSignal = nvt;
        }
        if (result != Nvt.MISSED) {
          return 0;
        }
      }
      boolean escalates = escalates(w0, w1);
      w1 = afterEscalation(w0, w1);
      return escalates ? escalationEas() : 0;
    } finally {
      release(w1);
      if (toSignal != null) {
        toSignal.signal();
      }
    }
  }

  private int enqueue(int w1, int data) {
    int at = EndWord1.PAGE_OFFSET.get(w1);
    int generation = EndWord1.GENERATION.get(w1);
    queue.putEntry(at & queueMask, QueueEntry.of(generation, data));
    xive.triggerObserver().enqueued();
    Schedule.point(PointKind.HARDWARE, this);
    int next = (at + 1) & queueMask;
    w1 = EndWord1.PAGE_OFFSET.set(w1, next);
    return next == 0 ? w1 ^ EndWord1.GENERATION.mask() : w1;
  }

  private int notifyNvt(int w0) {
    Nvt to = nvt;
    if (to == null || !to.isValid()) {
      DISCARDED.getAndAdd(this, 1L);
      return Nvt.DELIVERED;
    }
    xive.presentationObserver().presented(to.vp());
    return to.notify(ipbBit, (w0 & BACKLOG) != 0);
  }

  private static boolean escalates(int w0, int w1) {
    return (w0 & ESCALATE) != 0
        && ((w0 & ESCALATE_ALWAYS) != 0 || Pq.triggerForwards(EndWord1.ESE.get(w1)));
  }

  /** Word 1 when an event has come to ESe. */
  private static int afterEscalation(int w0, int w1) {
    return (w0 & (ESCALATE | ESCALATE_ALWAYS)) == ESCALATE
        ? EndWord1.ESE.set(w1, Pq.trigger(EndWord1.ESE.get(w1)))
        : w1;
  }

  private long escalationEas() {
    return ((long) word4 << 32) | (word5 & 0xffff_ffffL);
  }

  // ---- the END's own ESB pages

  /**
   * Loads from an ESB page of the END. An EOI that forwards goes on where the coalescer stopped: at
   * step 5 for ESn, with the escalation EAS for ESe.
   *
   * @param notify ESn's page; else ESe's
   */
  long loadEsb(boolean notify, int offset) {
    Schedule.point(PointKind.HARDWARE, this);
    BitField32 field = notify ? EndWord1.ESN : EndWord1.ESE;
    Nvt toSignal = null;
    long next = 0;
    long value;
    int w1 = acquire();
    try {
      if ((word0 & VALID) == 0) {
        return EsbOffset.ALL_ONES;
      }
      int pq = field.get(w1);
      int at = offset & EsbOffset.PERIOD_MASK;
      if (at < EsbOffset.GET) {
        boolean forwards = Pq.eoiForwards(pq);
        w1 = field.set(w1, Pq.eoi(pq));
        value = forwards ? 1 : 0;
        if (forwards && !notify) {
          next = escalationEas();
        } else if (forwards) {
          int result = notifyNvt(word0);
          if (result == Nvt.RAISED) {
            toSignal = nvt;
          } else if (result == Nvt.MISSED) {
            next = escalates(word0, w1) ? escalationEas() : 0;
            w1 = afterEscalation(word0, w1);
          }
        }
      } else {
        value = pq;
        if (at >= EsbOffset.SET_PQ_00) {
          w1 = field.set(w1, EsbOffset.pqOf(at));
        }
      }
    } finally {
      release(w1);
    }
    if (toSignal != null) {
      toSignal.signal();
    }
    if (next != 0) {
      xive.escalate(next);
    }
    return value;
  }

  @Override
  public String toString() {
    return lifetime.toString();
  }
}
