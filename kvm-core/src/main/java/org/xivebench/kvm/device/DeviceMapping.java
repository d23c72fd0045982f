package org.xivebench.kvm.device;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.KvmLocks;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.SpinLock;

/**
 * A mapping of a device file, of one or more 64 KiB pages. Pages appear on the first access, by a
 * fault to the device, and may be taken away again ({@link #zap}); the next access faults anew. The
 * mapping holds a reference to the file: while there is one the device cannot be released.
 *
 * <p>A fault asks the device, which answers under locks of its own, and then puts the page in. If
 * pages were taken away between the two, the answer may be out of date, and the device is asked
 * again. (The kernel does not look: {@code kvmppc_xive_native_esb_fault} inserts what it found
 * after {@code sb->lock} has been given back.)
 */
public final class DeviceMapping implements AutoCloseable {
  private final DeviceFile file;
  private final long pageOffset;
  private final AtomicReferenceArray<IoPage> pages;
  private final SpinLock pageTableLock;

  /** How many times pages were taken away. Changed with {@link #pageTableLock} held. */
  private volatile long zaps;

  private boolean unmapped;

  DeviceMapping(DeviceFile file, long pageOffset, long pageCount) throws ErrnoException {
    this.file = file;
    this.pageOffset = pageOffset;
    file.device().mmap(this, pageOffset, pageCount);
    this.pages = new AtomicReferenceArray<>(Math.toIntExact(pageCount));
    this.pageTableLock = new SpinLock(KvmLocks.PAGE_TABLE_LOCK, "page table lock");
  }

  /** Returns the file that is mapped. */
  public DeviceFile file() {
    return file;
  }

  /** Returns how many pages there are. */
  public int pageCount() {
    return pages.length();
  }

  /**
   * Returns a page for an access, faulting if it is not there.
   *
   * @param index of the page in the mapping
   * @return null for SIGBUS
   */
  public IoPage page(int index) {
    Schedule.reads(this);
    IoPage page = pages.getAcquire(index);
    return page != null ? page : fault(index);
  }

  private IoPage fault(int index) {
    while (true) {
      Schedule.reads(this);
      long before = zaps;
      Schedule.point(PointKind.HARDWARE, this);
      IoPage page = file.device().fault(pageOffset + index);
      if (page == null) {
        return null;
      }
      pageTableLock.lock();
      try {
        Schedule.writes(this);
        if (zaps == before) {
          pages.setRelease(index, page);
          return page;
        }
      } finally {
        pageTableLock.unlock();
      }
    }
  }

  /**
   * Takes pages away, so that the next access faults: what unmap_mapping_range does for one
   * mapping.
   *
   * @param fromPageOffset counted from the start of the device file
   */
  public void zap(long fromPageOffset, int count) {
    pageTableLock.lock();
    try {
      Schedule.writes(this);
      long next = zaps + 1;
      zaps = next;
      for (long at = fromPageOffset; at < fromPageOffset + count; at++) {
        long index = at - pageOffset;
        if (index >= 0 && index < pages.length()) {
          pages.setRelease((int) index, null);
        }
      }
    } finally {
      pageTableLock.unlock();
    }
  }

  /**
   * Unmaps, and drops the reference to the file. Releases the device if that was the last. A second
   * call does nothing.
   */
  @Override
  public void close() {
    Schedule.point(PointKind.WRITE, this);
    synchronized (this) {
      if (unmapped) {
        return;
      }
      unmapped = true;
    }
    file.forget(this);
    file.put();
  }

  @Override
  public String toString() {
    return "mapping of " + file + " page " + pageOffset;
  }
}
