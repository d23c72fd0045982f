package org.xivebench.replay.analysis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.jfr.ChunkSummary;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.Loss;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.jfr.SoundCopy;

/** Walks a recording chunk by chunk, damaged or joined as it may be, and says what each holds. */
public final class Doctor {
  private static final int EVENTS_BETWEEN_CHECKS = 1 << 13;

  private Doctor() {}

  /**
   * What was found.
   *
   * @param chunks in the order of the file
   * @param losses every damaged place, the first thousand
   * @param lossCount number of all damaged places
   * @param lostBytes bytes that could not be decoded
   * @param interrupted whether the user ended it early
   */
  public record Diagnosis(
      String name,
      List<Chunk> chunks,
      List<Loss> losses,
      long lossCount,
      long lostBytes,
      boolean interrupted) {
    /** Copies the lists. */
    public Diagnosis {
      chunks = List.copyOf(chunks);
      losses = List.copyOf(losses);
    }

    /** Whether nothing is damaged and every chunk was finished. */
    public boolean isSound() {
      return lossCount == 0 && chunks.stream().allMatch(chunk -> chunk.summary().isWhole());
    }
  }

  /**
   * A chunk.
   *
   * @param summary what the reader says
   * @param jvm what is known of its JVM: process and version; empty if nothing is
   */
  public record Chunk(ChunkSummary summary, String jvm) {}

  /**
   * Walks a recording.
   *
   * @param copy where the sound parts go, or null
   * @throws org.xivebench.replay.jfr.RecordingException if no chunk can be found in it
   */
  public static Diagnosis examine(
      RecordingInput input, SoundCopy copy, Progress progress, Cancellation cancellation)
      throws IOException {
    List<ChunkSummary> chunks = new ArrayList<>();
    Map<Integer, String> jvms = new HashMap<>();
    try (JfrReader reader = input.open(ReadMode.SALVAGE)) {
      reader.onChunk(chunks::add);
      if (copy != null) {
        reader.copySound(copy);
      }
      reader.on(
          "jdk.JVMInformation",
          event -> jvms.putIfAbsent(reader.jvm(), jvmName(event)),
          "pid",
          "jvmVersion");
      // Whole events, so that constants are looked at that nobody else asks for.
      EventCursor all = reader.selectWhole(type -> true);
      int untilCheck = 0;
      while (reader.next() != null && !cancellation.isRequested()) {
        if (--untilCheck < 0) {
          untilCheck = EVENTS_BETWEEN_CHECKS;
          progress.update(all.position(), input.sizeBytes());
        }
      }
      return new Diagnosis(
          input.name(),
          chunks.stream()
              .map(chunk -> new Chunk(chunk, jvms.getOrDefault(chunk.jvm(), "")))
              .toList(),
          reader.losses(),
          reader.lossCount(),
          reader.lostBytes(),
          cancellation.isRequested());
    }
  }

  private static String jvmName(EventCursor event) {
    String version = event.getString(1);
    int open = version == null ? -1 : version.indexOf('(');
    int close = version == null ? -1 : version.indexOf(')', Math.max(0, open));
    String shortVersion = open >= 0 && close > open ? version.substring(open + 1, close) : "";
    return ("process " + event.getLong(0) + " " + shortVersion).strip();
  }
}
