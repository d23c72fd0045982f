package org.xivebench.kvm.irqchip;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.kvm.GuestMemory;
import org.xivebench.sync.Lifetime;
import org.xivebench.xive.QueueMemory;

/**
 * The memory of one event queue: a page of the guest to which the device holds a reference, or
 * pages of the host. After {@link #free} every access, also the hardware's, is a use after free: a
 * queue must not lose its page before its END is disabled.
 */
public final class QueuePage implements QueueMemory {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

  private final int[] words;
  private final Lifetime lifetime;

  /** Whose page it is; null for the host's. */
  private final GuestMemory owner;

  private QueuePage(int[] words, String name, GuestMemory owner) {
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
    return new QueuePage(
        memory.pageForWriting(address),
        "guest queue page at 0x" + Long.toHexString(address),
        memory);
  }

  /**
   * Allocates zeroed pages of the host.
   *
   * @param order log2 of how many bytes
   * @param name how reports name them
   */
  public static QueuePage ofHost(int order, String name) {
    return new QueuePage(new int[1 << (order - 2)], name, null);
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
    WORD.setRelease(words, index, bigEndianWord);
  }

  @Override
  public int entry(int index) {
    lifetime.check();
    return (int) WORD.getAcquire(words, index);
  }

  @Override
  public String toString() {
    return lifetime.toString();
  }
}
