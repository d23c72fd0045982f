package org.xivebench.replay.perfetto;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.xivebench.replay.jfr.ChunkHeader;

/**
 * Numbers the JVMs of several recordings: each reader counts those of its own from 1. A JVM whose
 * recordings follow each other, or have a chunk in common, keeps its number.
 */
final class JvmNumbers {
  /** Of each JVM, its latest chunk. */
  private final Map<Integer, ChunkHeader> latest = new LinkedHashMap<>();

  /** Of the recording at work, by the reader's number. */
  private final Map<Integer, Integer> numbers = new HashMap<>();

  /** The next chunks are those of another recording. */
  void beginRecording() {
    numbers.clear();
  }

  /**
   * The number of the JVM that wrote a chunk.
   *
   * @param inRecording its number in the recording
   */
  int enter(ChunkHeader chunk, int inRecording) {
    int number = numbers.computeIfAbsent(inRecording, n -> earlier(chunk));
    latest.put(number, chunk);
    return number;
  }

  private int earlier(ChunkHeader chunk) {
    for (Map.Entry<Integer, ChunkHeader> jvm : latest.entrySet()) {
      if (chunk.continues(jvm.getValue()) || begins(chunk, jvm.getValue())) {
        return jvm.getKey();
      }
    }
    return latest.size() + 1;
  }

  private static boolean begins(ChunkHeader chunk, ChunkHeader other) {
    return chunk.startNanos() == other.startNanos()
        && chunk.startTicks() == other.startTicks()
        && chunk.ticksPerSecond() == other.ticksPerSecond();
  }
}
