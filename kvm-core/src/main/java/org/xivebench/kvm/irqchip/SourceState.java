package org.xivebench.kvm.irqchip;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EsbSource;

/**
 * One guest interrupt source, as the devices keep it: the kernel's {@code kvmppc_xive_irq_state}. A
 * plain structure, reached through {@link SourceBlock#state}, and freed with its block. {@code
 * sb->lock} guards all changes; what is volatile is also read without it.
 */
public final class SourceState {
  /** No priority: the source is masked. */
  public static final int MASKED = 0xff;

  private static final VarHandle IN_EOI;

  static {
    try {
      IN_EOI = MethodHandles.lookup().findVarHandle(SourceState.class, "inEoi", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Guest interrupt number. */
  public final int number;

  private final SourceBlock block;

  /** Whether the guest's machine has this source. */
  public volatile boolean valid;

  /** Hardware number of the source's own interrupt; 0 = none yet. */
  public volatile int ipiNumber;

  /** Mapping of its ESB pages. */
  public volatile EsbSource ipiData;

  /** Hardware number of the interrupt that is passed through; 0 = none. */
  public volatile int ptNumber;

  /** Mapping of its ESB pages, which stays the host's. */
  public volatile EsbSource ptData;

  /** Priority that the guest has set; {@link #MASKED} if masked. XICS only. */
  public volatile int guestPriority = MASKED;

  /** Priority to go back to at ibm,int-on. XICS only. */
  public volatile int savedPriority = MASKED;

  /** Server that it is routed to. */
  public volatile int actServer;

  /** Priority that it is routed with; {@link #MASKED} if it is routed nowhere. */
  public volatile int actPriority = MASKED;

  private volatile boolean inEoi;

  /** P when it was masked. */
  public boolean oldP;

  /** Q when it was masked. */
  public boolean oldQ;

  /** Whether the guest's machine has it level-sensitive. */
  public volatile boolean lsi;

  /** The level of an LSI. */
  public volatile boolean asserted;

  /** Whether a queue was seen to hold an entry of it, while sources are saved. XICS only. */
  public boolean inQueue;

  /** P while sources are saved. XICS only. */
  public boolean savedP;

  /** Q while sources are saved. XICS only. */
  public boolean savedQ;

  /** Priority before it was masked to be saved. XICS only. */
  public int savedScanPrio = MASKED;

  /** What the guest wants to find in its queue. XIVE only. */
  public volatile int eisn;

  /** P of the passed-through interrupt when it was taken from the host: {@code saved_p}. */
  boolean ptSavedP;

  SourceState(SourceBlock block, int number) {
    this.block = block;
    this.number = number;
  }

  /** Returns the block that it lies in. */
  public SourceBlock block() {
    return block;
  }

  /** Returns whether an H_EOI is at work on it. */
  boolean isInEoi() {
    Schedule.reads(this);
    return inEoi;
  }

  /** An H_EOI begins: what it reads of this state from now on, it reads after this. */
  public void beginEoi() {
    Schedule.writes(this);
    inEoi = true;
  }

  /** The H_EOI is done: who sees this sees all that it did. */
  public void endEoi() {
    Schedule.writes(this);
    IN_EOI.setRelease(this, false);
  }

  /** Returns whether it has an interrupt of its own. */
  public boolean hasIpi() {
    return ipiNumber != 0;
  }

  /** Returns the hardware number that events come from now: {@code kvmppc_xive_select_irq}. */
  public int hwNumber() {
    Schedule.reads(this);
    int passedThrough = ptNumber;
    return passedThrough != 0 ? passedThrough : ipiNumber;
  }

  /** Returns the ESB pages that events come from now: {@code kvmppc_xive_select_irq}. */
  public EsbSource hwData() {
    Schedule.reads(this);
    return ptNumber != 0 ? ptData : ipiData;
  }

  @Override
  public String toString() {
    return "source 0x" + Integer.toHexString(number);
  }
}
