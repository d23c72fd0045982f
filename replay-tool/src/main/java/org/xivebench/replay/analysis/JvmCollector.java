package org.xivebench.replay.analysis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.section.CompletenessSection;
import org.xivebench.replay.analysis.section.EventsSection;
import org.xivebench.replay.analysis.section.JvmScope;
import org.xivebench.replay.analysis.section.JvmSection;
import org.xivebench.replay.analysis.section.SectionCollector;
import org.xivebench.replay.analysis.section.SectionType;
import org.xivebench.replay.jfr.ChunkHeader;
import org.xivebench.replay.jfr.ChunkSpan;
import org.xivebench.replay.jfr.ChunkSummary;

/** All sections at work on one JVM. */
final class JvmCollector {
  private final List<SectionType<?>> types;
  private final JvmScope scope;
  private final EventsSection events;
  private final SectionCollector<?>[] sections;
  private final Set<String> files = new LinkedHashSet<>();

  /** The chunks that were read, or passed over because they were read elsewhere. */
  private final Set<ChunkSpan.Key> keys = new HashSet<>();

  private ChunkHeader first;
  private ChunkHeader last;
  private int chunks;

  JvmCollector(List<SectionType<?>> types, int limit, String file) {
    this.types = types;
    this.scope = new JvmScope(limit);
    this.events = new EventsSection(scope);
    this.sections =
        types.stream().map(type -> type.create().apply(scope)).toArray(SectionCollector[]::new);
    files.add(file);
  }

  JvmScope scope() {
    return scope;
  }

  EventsSection events() {
    return events;
  }

  SectionCollector<?> section(int index) {
    return sections[index];
  }

  void chunkBegins(ChunkHeader header, long fromNanos, long toNanos) {
    if (first == null) {
      first = header;
    }
    last = header;
    long start = Math.max(fromNanos, header.startNanos());
    long end = Math.min(toNanos, Math.max(header.startNanos(), header.endNanos()));
    if (start <= end) {
      scope.cover(start, end);
    }
  }

  /** A chunk was passed over because it has been read elsewhere. */
  void chunkRepeated(ChunkSpan chunk) {
    if (first == null) {
      first = chunk.header();
    }
    last = chunk.header();
    keys.add(chunk.key());
    completeness().chunkRepeated();
  }

  void chunkEnded(ChunkSummary chunk) {
    flush();
    chunks++;
    keys.add(new ChunkSpan(chunk.header(), chunk.end()).key());
    for (SectionCollector<?> section : sections) {
      section.chunkEnded(chunk);
    }
  }

  /** No more events of this chunk will come. */
  void flush() {
    events.flush();
    for (SectionCollector<?> section : sections) {
      section.flush();
    }
    scope.flush();
  }

  /** Begin of the first chunk. */
  long startNanos() {
    return first.startNanos();
  }

  /** Whether another collector is about the same JVM. */
  boolean isSameJvm(JvmCollector later) {
    if (!Collections.disjoint(keys, later.keys)) {
      return true; // they have a chunk in common
    }
    JvmSection.Identity mine = jvmSection().identity();
    JvmSection.Identity theirs = later.jvmSection().identity();
    return (mine != null && theirs != null) ? mine.equals(theirs) : later.first.continues(last);
  }

  private JvmSection jvmSection() {
    return theSection(JvmSection.class);
  }

  private CompletenessSection completeness() {
    return theSection(CompletenessSection.class);
  }

  private <S> S theSection(Class<S> type) {
    for (SectionCollector<?> section : sections) {
      if (type.isInstance(section)) {
        return type.cast(section);
      }
    }
    throw new IllegalStateException("there is no " + type.getSimpleName());
  }

  /** Takes all of another one, which is about the same JVM and begins later. */
  void addAll(JvmCollector later) {
    scope.addAll(later.scope);
    events.addAll(later.events);
    for (int i = 0; i < sections.length; i++) {
      types.get(i).add(sections[i], later.sections[i]);
    }
    files.addAll(later.files);
    keys.addAll(later.keys);
    last = later.last;
    chunks += later.chunks;
  }

  JvmAnalysis result(int number) {
    List<Section> results = new ArrayList<>();
    for (SectionCollector<?> section : sections) {
      results.add(section.result());
      if (results.size() == 1) {
        results.add(events.result());
      }
    }
    String name = jvmSection().displayName();
    boolean seen = scope.startNanos() <= scope.endNanos();
    return new JvmAnalysis(
        number,
        name.isEmpty() ? "JVM " + number : name,
        List.copyOf(files),
        chunks,
        seen ? scope.startNanos() : first.startNanos(),
        seen ? scope.endNanos() : first.startNanos(),
        events.count(),
        events.bytes(),
        results,
        scope.lanes().result(),
        List.of());
  }
}
