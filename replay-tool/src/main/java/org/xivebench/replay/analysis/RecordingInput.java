package org.xivebench.replay.analysis;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.ReadMode;

/** A recording that can be opened, once or more often. */
public interface RecordingInput {
  /** What messages call it. */
  String name();

  /** Its length in bytes as far as it is known before it is read; 0 if not. */
  long sizeBytes();

  /** Opens it; the caller closes the reader. */
  JfrReader open(ReadMode mode) throws IOException;

  /** Whether it can be opened more than once. */
  boolean canBeReadAgain();

  /** Opens the bytes of a recording. */
  @FunctionalInterface
  interface StreamSource {
    InputStream open() throws IOException;
  }

  /** What comes as a stream of unknown length, and not a second time. */
  static RecordingInput ofStream(String name, StreamSource source) {
    return new RecordingInput() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public long sizeBytes() {
        return 0;
      }

      @Override
      public boolean canBeReadAgain() {
        return false;
      }

      @Override
      public JfrReader open(ReadMode mode) throws IOException {
        return JfrReader.open(source.open(), name, mode);
      }
    };
  }

  /** A file. */
  static RecordingInput of(Path file) {
    return new RecordingInput() {
      @Override
      public String name() {
        return file.toString();
      }

      @Override
      public long sizeBytes() {
        try {
          boolean packed = file.toString().endsWith(".gz");
          return packed || !Files.isRegularFile(file) ? 0 : Files.size(file);
        } catch (IOException e) {
          return 0; // opening it will say what is wrong
        }
      }

      @Override
      public boolean canBeReadAgain() {
        return Files.isRegularFile(file);
      }

      @Override
      public JfrReader open(ReadMode mode) throws IOException {
        return JfrReader.open(file, mode);
      }
    };
  }
}
