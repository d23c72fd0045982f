package org.xivebench.replay;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that a command writes and that appears whole or not at all: what is written goes to a
 * temporary file beside it, which {@link #commit} moves into place. Closed without a commit, it
 * leaves what was there before.
 *
 * <p>A target that exists and is no regular file (a pipe, {@code /dev/stdout}) is written directly.
 */
public final class OutputFile implements Closeable {
  private final Path target;
  private final Path written;
  private boolean committed;

  private OutputFile(Path target, Path written) {
    this.target = target;
    this.written = written;
  }

  /**
   * Prepares to write {@code target}.
   *
   * @throws UsageException when it cannot be written, before any work was done for it
   */
  public static OutputFile create(Path target) {
    if (Files.isDirectory(target)) {
      throw new UsageException(target + ": is a folder; name a file to write");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      return new OutputFile(target, target);
    }
    if (Files.exists(target) && !Files.isWritable(target)) {
      throw new UsageException(target + ": cannot be written: permission denied");
    }
    Path folder = target.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new UsageException(target + ": cannot be written: there is no folder " + folder);
    }
    // A symbolic link is followed, so that the file that it names is replaced and not the link.
    try {
      Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
      Path temporary = Path.of(real + ".part" + ProcessHandle.current().pid());
      Files.deleteIfExists(temporary);
      Files.createFile(temporary);
      return new OutputFile(real, temporary);
    } catch (IOException e) {
      throw new UsageException(target + ": cannot be written: no file can be made in " + folder, e);
    }
  }

  /** The file to write to; it exists. */
  public Path path() {
    return written;
  }

  /** A buffered stream to the file, from its beginning. The caller closes it before the commit. */
  public OutputStream newStream() throws IOException {
    return new BufferedOutputStream(
        new NamedStream(Files.newOutputStream(written), target.toString()), 1 << 16);
  }

  /** Says which file it is that cannot be written. */
  private static final class NamedStream extends FilterOutputStream {
    private final String name;

    NamedStream(OutputStream out, String name) {
      super(out);
      this.name = name;
    }

    @Override
    public void write(int oneByte) throws IOException {
      write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        throw new OutputException(name, e);
      }
    }
  }

  /**
   * Moves what was written into place. To be called once, when everything is written and closed.
   */
  public void commit() throws IOException {
    if (!written.equals(target)) {
      try {
        Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(written, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    committed = true;
  }

  /** Removes what was written unless it was committed. */
  @Override
  public void close() throws IOException {
    if (!committed && !written.equals(target)) {
      Files.deleteIfExists(written);
    }
  }
}
