package org.xivebench.kvm.debugfs;

import java.util.concurrent.atomic.AtomicInteger;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.WaitQueue;

/**
 * A debugfs file. Removal closes it first and then drains it: a reader that comes after the close
 * fails, one that is inside is waited for. The other order would let a reader in between the two. A
 * reader renders to memory inside and hands the text out outside, so a slow consumer does not hold
 * removal up.
 *
 * <p>Source: fs/debugfs/file.c, Linux v5.10.
 */
public final class DebugfsFile {
  private final Debugfs tree;
  private final String path;
  private final Renderer renderer;
  private final AtomicInteger inside = new AtomicInteger();
  private final WaitQueue drained;
  private volatile boolean removed;

  /** Writes the text of a file. */
  public interface Renderer {
    /** Appends the text as it is now. Takes none of our locks but leaves. */
    void render(StringBuilder text);
  }

  DebugfsFile(Debugfs tree, String path, Renderer renderer) {
    this.tree = tree;
    this.path = path;
    this.renderer = renderer;
    this.drained = new WaitQueue("debugfs " + path + " readers");
  }

  /** Returns the path, without the mount point. */
  public String path() {
    return path;
  }

  /**
   * Reads the file as it is now.
   *
   * @throws ErrnoException EIO if it has been removed
   */
  public String read() throws ErrnoException {
    Schedule.point(PointKind.SECTION, this);
    inside.incrementAndGet();
    try {
      if (removed) {
        throw new ErrnoException(Errno.EIO, path + " has been removed");
      }
      StringBuilder text = new StringBuilder();
      renderer.render(text);
      return text.toString();
    } finally {
      Schedule.point(PointKind.SECTION, this);
      if (inside.decrementAndGet() == 0 && removed) {
        drained.wakeAll();
      }
    }
  }

  /** Removes the file; returns when no reader is inside. A second call only waits. */
  public void remove() {
    boolean done = remove(Long.MAX_VALUE);
    assert done;
  }

  /**
   * The same, unless that takes too long: the file is closed then, and the next call waits on.
   *
   * @return whether no reader is inside
   */
  public boolean remove(long timeoutNanos) {
    Schedule.point(PointKind.SECTION, this);
    removed = true;
    tree.forget(this);
    return drained.awaitNanos(this::isDrained, timeoutNanos);
  }

  private boolean isDrained() {
    Schedule.reads(this);
    return inside.get() == 0;
  }

  @Override
  public String toString() {
    return "debugfs " + path;
  }
}
