package org.xivebench.kvm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.xivebench.sync.Schedule;

/**
 * A guest's RAM: guest physical addresses from 0. Words are big-endian, as interrupt hardware
 * writes them and as an interrupt driver reads them. Pages of 64 KiB come into being, zeroed, when
 * they are first written, so a large guest costs nothing.
 *
 * <p>32-bit words are read with acquire and written with release semantics, which is what an event
 * queue needs: who sees an entry sees everything before it.
 */
public final class GuestMemory {
  /**
   * log2 of the bytes in a page: 64 KiB, the host page size that XIVE queues are checked against.
   */
  public static final int PAGE_SHIFT = 16;

  /** Bytes in a page. */
  public static final int PAGE_BYTES = 1 << PAGE_SHIFT;

  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

  private final AtomicReferenceArray<int[]> pages;
  private final long sizeBytes;
  private final AtomicInteger references = new AtomicInteger();

  /**
   * @param sizeBytes a multiple of {@link #PAGE_BYTES}
   * @throws IllegalArgumentException if it is not, or is not positive
   */
  public GuestMemory(long sizeBytes) {
    if (sizeBytes <= 0 || sizeBytes % PAGE_BYTES != 0) {
      throw new IllegalArgumentException("not a positive multiple of 64 KiB: " + sizeBytes);
    }
    this.sizeBytes = sizeBytes;
    this.pages = new AtomicReferenceArray<>(Math.toIntExact(sizeBytes >>> PAGE_SHIFT));
  }

  /** Returns how much there is. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Returns whether all of a range is RAM. */
  public boolean contains(long address, long bytes) {
    return address >= 0 && bytes >= 0 && bytes <= sizeBytes && address <= sizeBytes - bytes;
  }

  /**
   * Reads the big-endian word at an address.
   *
   * @param address a multiple of 4, inside RAM
   */
  public int readInt(long address) {
    int[] page = pages.get(pageOf(address));
    Schedule.reads(page);
    return page == null ? 0 : (int) WORD.getAcquire(page, wordOf(address));
  }

  /**
   * Writes a big-endian word.
   *
   * @param address a multiple of 4, inside RAM
   */
  public void writeInt(long address, int value) {
    int[] page = pageForWriting(address);
    Schedule.writes(page);
    WORD.setRelease(page, wordOf(address), value);
  }

  /** Reads a byte. */
  public int readByte(long address) {
    return readInt(address & ~3L) >>> (24 - 8 * (int) (address & 3)) & 0xff;
  }

  /** Zeroes a range. */
  public void clear(long address, long bytes) {
    if (!contains(address, bytes) || (address & 3) != 0 || (bytes & 3) != 0) {
      throw new IllegalArgumentException(
          "not whole words of RAM: 0x" + Long.toHexString(address) + "+" + bytes);
    }
    for (long at = address; at < address + bytes; ) {
      long end = Math.min(address + bytes, (at | (PAGE_BYTES - 1)) + 1);
      int[] page = pages.get(pageOf(at));
      if (page != null) {
        Schedule.writes(page);
        Arrays.fill(page, wordOf(at), wordOf(at) + (int) ((end - at) >>> 2), 0);
      }
      at = end;
    }
    VarHandle.releaseFence();
  }

  /** Takes a reference to a page, for hardware that writes there. */
  public void getPage() {
    references.incrementAndGet();
  }

  /** Drops a reference to a page. */
  public void putPage() {
    references.decrementAndGet();
  }

  /** Returns how many references to pages there are: 0 when no device is left. */
  public int pageReferences() {
    return references.get();
  }

  private int pageOf(long address) {
    if ((address & 3) != 0) {
      throw new IllegalArgumentException("not a word: 0x" + Long.toHexString(address));
    }
    return Math.toIntExact(address >>> PAGE_SHIFT);
  }

  private static int wordOf(long address) {
    return (int) (address & (PAGE_BYTES - 1)) >>> 2;
  }

  /**
   * Returns the words of the page that holds an address, for readers and writers on a data path;
   * element i is the big-endian word at byte 4 * i. Access them as {@link #readInt} and {@link
   * #writeInt} do.
   */
  public int[] pageForWriting(long address) {
    int index = pageOf(address);
    int[] page = pages.get(index);
    if (page == null) {
      int[] fresh = new int[PAGE_BYTES >>> 2];
      page = pages.compareAndExchange(index, null, fresh);
      if (page == null) {
        page = fresh;
      }
    }
    return page;
  }
}
