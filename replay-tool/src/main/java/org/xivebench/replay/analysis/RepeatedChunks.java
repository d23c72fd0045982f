package org.xivebench.replay.analysis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.xivebench.replay.jfr.ChunkSpan;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.jfr.RecordingException;

/**
 * Finds chunks that are there more than once. A JVM has one series of chunks for all its
 * recordings, and each dump holds those of its time as they are: two dumps of one running recording
 * have their first chunks in common, two recordings that ran side by side those between.
 *
 * <p>Headers are looked at first, which costs next to nothing; chunks are read only where those are
 * equal. What comes through a pipe is not looked at, nor a packed recording that is alone.
 */
public final class RepeatedChunks {
  private record Place(int input, ChunkSpan span) {}

  private RepeatedChunks() {}

  /**
   * The same recordings, whose readers pass over chunks that came before, in the same recording or
   * in an earlier one.
   */
  public static List<RecordingInput> passedOver(List<RecordingInput> inputs) throws IOException {
    Map<ChunkSpan.Key, List<Place>> places = new HashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      for (ChunkSpan span : spans(inputs.get(i), inputs.size() == 1)) {
        places.computeIfAbsent(span.key(), key -> new ArrayList<>()).add(new Place(i, span));
      }
    }
    Map<Integer, Set<Long>> repeated = new HashMap<>();
    for (List<Place> alike : places.values()) {
      Set<Long> seen = new HashSet<>();
      for (Place place : alike.size() == 1 ? List.<Place>of() : alike) {
        if (!seen.add(checksum(inputs.get(place.input), place.span))) {
          repeated.computeIfAbsent(place.input, i -> new HashSet<>()).add(place.span.position());
        }
      }
    }
    List<RecordingInput> once = new ArrayList<>(inputs);
    repeated.forEach((i, positions) -> once.set(i, new Without(inputs.get(i), positions)));
    return once;
  }

  private static List<ChunkSpan> spans(RecordingInput input, boolean alone) throws IOException {
    if (!input.canBeReadAgain() || (alone && input.sizeBytes() == 0)) {
      return List.of();
    }
    try (JfrReader reader = input.open(ReadMode.SALVAGE)) {
      return reader.chunkSpans();
    } catch (RecordingException e) {
      return List.of(); // reading it will say so again
    }
  }

  private static long checksum(RecordingInput input, ChunkSpan span) throws IOException {
    try (JfrReader reader = input.open(ReadMode.SALVAGE)) {
      return reader.checksum(span);
    }
  }

  /** A recording, some chunks of which are passed over. */
  private record Without(RecordingInput whole, Set<Long> positions) implements RecordingInput {
    @Override
    public String name() {
      return whole.name();
    }

    @Override
    public long sizeBytes() {
      return whole.sizeBytes();
    }

    @Override
    public boolean canBeReadAgain() {
      return whole.canBeReadAgain();
    }

    @Override
    public JfrReader open(ReadMode mode) throws IOException {
      JfrReader reader = whole.open(mode);
      reader.passOver(positions);
      return reader;
    }
  }
}
