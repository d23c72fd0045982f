package org.xivebench.kvm.debugfs;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.sync.Schedule;

/** One host's debugfs: paths to files. Readers and removers need no lock. */
public final class Debugfs {
  private final Map<String, DebugfsFile> files = new ConcurrentSkipListMap<>();

  /**
   * Makes a file.
   *
   * @param path without the mount point, such as {@code kvm/1234-11/xive}
   * @param renderer writes the text; called by readers, inside the section that removal waits for
   */
  public DebugfsFile create(String path, DebugfsFile.Renderer renderer) {
    DebugfsFile file = new DebugfsFile(this, path, renderer);
    Schedule.writes(files);
    files.put(path, file);
    return file;
  }

  /** Returns all paths, sorted. */
  public List<String> paths() {
    Schedule.reads(files);
    return List.copyOf(files.keySet());
  }

  /**
   * Opens a file; it may be removed while it is open.
   *
   * @throws ErrnoException ENOENT if there is none
   */
  public DebugfsFile open(String path) throws ErrnoException {
    Schedule.reads(files);
    DebugfsFile file = files.get(path);
    if (file == null) {
      throw new ErrnoException(Errno.ENOENT, "no debugfs file " + path);
    }
    return file;
  }

  void forget(DebugfsFile file) {
    Schedule.writes(files);
    files.remove(file.path(), file);
  }
}
