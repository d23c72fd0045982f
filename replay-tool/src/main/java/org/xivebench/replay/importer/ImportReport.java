package org.xivebench.replay.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;

/** What an import took of its input and what it left out, and why. */
public final class ImportReport {
  private final Map<TraceKind, Long> taken = new EnumMap<>(TraceKind.class);
  private final Map<String, long[]> skipped = new LinkedHashMap<>();
  private final List<String> approximations = new ArrayList<>();
  private TraceHeader header;
  private String loss;
  private long lines;
  private long textBytes;
  private long events;

  private final String unit;

  ImportReport() {
    this("lines");
  }

  ImportReport(String unit) {
    this.unit = unit;
  }

  void header(TraceHeader newHeader) {
    header = newHeader;
  }

  void input(long newLines, long newTextBytes) {
    lines = newLines;
    textBytes = newTextBytes;
  }

  void lose(String what) {
    loss = what;
  }

  /** What of the input was not read because it is not whole, in words; null if nothing. */
  public String loss() {
    return loss;
  }

  void take(TraceKind kind) {
    events++;
    taken.merge(kind, 1L, Long::sum);
  }

  void skip(String reason) {
    skipped.computeIfAbsent(reason, r -> new long[1])[0]++;
  }

  void approximate(String what) {
    approximations.add(what);
  }

  /** Where the trace is less exact or less complete than what happened, in words. */
  public List<String> approximations() {
    return List.copyOf(approximations);
  }

  /** The trace's header. */
  public TraceHeader header() {
    return header;
  }

  /** What {@link #lines} counts, in the plural. */
  public String unit() {
    return unit;
  }

  /** Lines read. */
  public long lines() {
    return lines;
  }

  /** Bytes of text read, decompressed. */
  public long textBytes() {
    return textBytes;
  }

  /** Events of the trace. */
  public long events() {
    return events;
  }

  /** Events of the trace by kind, in the order of the kinds. */
  public Map<TraceKind, Long> taken() {
    return new EnumMap<>(taken);
  }

  /** Lines left out, by reason, in the order in which they first occurred. */
  public Map<String, Long> skipped() {
    Map<String, Long> result = new LinkedHashMap<>();
    skipped.forEach((reason, count) -> result.put(reason, count[0]));
    return result;
  }

  /** Number of lines left out. */
  public long skippedLines() {
    return skipped.values().stream().flatMapToLong(Arrays::stream).sum();
  }
}
