package org.xivebench.kvm.device;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * A mapping of a device file, of one or more 64 KiB pages. Pages appear on the first access, by a
 * fault to the device, and may be taken away again ({@link #zap}); the next access faults anew. The
 * mapping holds a reference to the file: while there is one the device cannot be released.
 */
public final class DeviceMapping implements AutoCloseable {
  private final DeviceFile file;
  private final long pageOffset;
  private final AtomicReferenceArray<IoPage> pages;
  private boolean unmapped;

  DeviceMapping(DeviceFile file, long pageOffset, long pageCount) throws ErrnoException {
    this.file = file;
    this.pageOffset = pageOffset;
    file.device().mmap(this, pageOffset, pageCount);
    this.pages = new AtomicReferenceArray<>(Math.toIntExact(pageCount));
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
    IoPage page = pages.getAcquire(index);
    return page != null ? page : fault(index);
  }

  private IoPage fault(int index) {
    Schedule.point(PointKind.HARDWARE, this);
    IoPage page = file.device().fault(pageOffset + index);
    if (page != null) {
      pages.setRelease(index, page);
    }
    return page;
  }

  /**
   * Takes pages away, so that the next access faults: what unmap_mapping_range does for one
   * mapping.
   *
   * @param fromPageOffset counted from the start of the device file
   */
  public void zap(long fromPageOffset, int count) {
    for (long at = fromPageOffset; at < fromPageOffset + count; at++) {
      long index = at - pageOffset;
      if (index >= 0 && index < pages.length()) {
        pages.setRelease((int) index, null);
      }
    }
  }

  /**
   * Unmaps, and drops the reference to the file. Releases the device if that was the last. A second
   * call does nothing.
   */
  @Override
  public void close() {
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
