package org.xivebench.kvm.irqchip;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.kvm.GuestMemory;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.QueueMemory;

/**
 * The memory of one event queue: a page of the guest to which the device holds a reference, or
 * pages of the host. After {@link #free} every access, also the hardware's, is a use after free: a
 * queue must not lose its page before its END is disabled.
 */
public final class QueuePage implements QueueMemory {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

  private final int count;

  /** Null until something is written: until then every word is 0. */
  private volatile int[] words;

  private final Lifetime lifetime;

  /** Whose page it is; null for the host's. */
  private final GuestMemory owner;

  private QueuePage(int count, int[] words, String name, GuestMemory owner) {
    this.count = count;
    this.words = words;
    this.owner = owner;
    this.lifetime = new Lifetime(() -> name);
  }

  /**
   * Takes a reference to a 64 KiB page of a guest.
   *
   * @param address guest physical, 64 KiB aligned, inside RAM
   */
  public static QueuePage ofGuest(GuestMemory memory, long address) {
    memory.getPage();
    int[] page = memory.pageForWriting(address);
    return new QueuePage(
        page.length, page, "guest queue page at 0x" + Long.toHexString(address), memory);
  }

  /**
   * Allocates zeroed pages of the host.
   *
   * @param order log2 of how many bytes
   * @param name how reports name them
   */
  public static QueuePage ofHost(int order, String name) {
    return new QueuePage(1 << (order - 2), null, name, null);
  }

  /** Ends when the reference is dropped, or the pages are freed. */
  public Lifetime lifetime() {
    return lifetime;
  }

  /**
   * Drops the reference, or frees the pages.
   *
   * @param reason for reports
   */
  public void free(String reason) {
    lifetime.free(reason);
    if (owner != null) {
      owner.putPage();
    }
  }

  @Override
  public void putEntry(int index, int bigEndianWord) {
    lifetime.check();
    int[] to = wordsForWriting();
    Schedule.writes(to);
    WORD.setRelease(to, index, bigEndianWord);
  }

  /**
   * Only the END that owns the queue, and who takes entries out again, write: never two at first.
   */
  private int[] wordsForWriting() {
    int[] there = words;
    if (there == null) {
      Schedule.writes(this);
      there = new int[count];
      words = there;
    }
    return there;
  }

  @Override
  public int entry(int index) {
    lifetime.check();
    int[] from = words;
    if (from == null) {
      Schedule.reads(this);
      return 0;
    }
    Schedule.reads(from);
    return (int) WORD.getAcquire(from, index);
  }

  @Override
  public String toString() {
    return lifetime.toString();
  }
}
