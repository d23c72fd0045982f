package org.xivebench.replay.analysis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.section.EventsSection;
import org.xivebench.replay.analysis.section.Interests;
import org.xivebench.replay.analysis.section.SectionCollector;
import org.xivebench.replay.analysis.section.SectionType;
import org.xivebench.replay.jfr.ChunkHeader;
import org.xivebench.replay.jfr.ChunkSummary;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.Loss;
import org.xivebench.replay.jfr.ThreadInfo;
import org.xivebench.replay.jfr.TypeInfo;

/** One pass over one recording, which feeds all sections of all its JVMs. */
final class RecordingPass {
  /** Events between two looks at the clock and at the user's wish to end. */
  private static final int EVENTS_BETWEEN_CHECKS = 1 << 13;

  private final RecordingInput input;
  private final AnalysisOptions options;
  private final List<SectionType<?>> types;
  private final Predicate<TypeInfo> typeFilter;
  private final Predicate<String> threadFilter;
  private final boolean looksIntoEvents;

  /** By number of the JVM in the recording, counted from 1; index 0 is free. */
  private final List<JvmCollector> jvms = new ArrayList<>();

  private JfrReader reader;
  private JvmCollector current;
  private ChunkHeader currentChunk;
  private long endPosition;
  private boolean anyTypeWanted;
  private boolean anyEventType;
  private Analysis.SourceFile file;
  private List<Loss> losses = List.of();
  private long lossCount;

  RecordingPass(RecordingInput input, AnalysisOptions options, List<SectionType<?>> types) {
    this.input = input;
    this.options = options;
    this.types = types;
    this.typeFilter = options.filter().types();
    this.threadFilter = Glob.anyOf(options.filter().threads());
    this.looksIntoEvents = options.filter().looksIntoEvents();
    jvms.add(null);
  }

  /**
   * Reads to the end, or until the user wants no more.
   *
   * @param progress told the bytes read since it was told last
   */
  void run(LongConsumer progress, Cancellation cancellation) throws IOException {
    try (JfrReader opened = input.open(options.mode())) {
      reader = opened;
      reader.onChunk(this::chunkEnded);
      EventCursor all = reader.select(this::isWanted, EventsSection.FIELDS.toArray(String[]::new));
      for (int i = 0; i < types.size(); i++) {
        declare(types.get(i), i);
      }
      int untilCheck = 0;
      long reported = 0;
      while (reader.next() != null) {
        enter(all.chunk(), reader.jvm());
        if (passes(all, 0, 2, 3)) {
          current.events().event(all);
        }
        if (--untilCheck < 0) {
          untilCheck = EVENTS_BETWEEN_CHECKS;
          long position = all.position();
          progress.accept(position - reported);
          reported = position;
          if (cancellation.isRequested()) {
            current.flush();
            break;
          }
        }
      }
      progress.accept(endPosition - reported);
      losses = reader.losses();
      lossCount = reader.lossCount();
      file =
          new Analysis.SourceFile(
              input.name(),
              endPosition,
              reader.chunks(),
              reader.unfinishedChunks(),
              reader.lostBytes());
    } finally {
      reader = null;
    }
  }

  private boolean isWanted(TypeInfo type) {
    anyEventType = true;
    boolean wanted = typeFilter.test(type);
    anyTypeWanted |= wanted;
    return wanted;
  }

  private <S extends SectionCollector<S>> void declare(SectionType<S> type, int index) {
    type.declare().accept(new Selections<>(type.type(), index));
  }

  /** Turns what a section wants into selections of the reader. */
  private final class Selections<S extends SectionCollector<S>> extends Interests<S> {
    private final Class<S> type;
    private final int index;

    Selections(Class<S> type, int index) {
      this.type = type;
      this.index = index;
    }

    @Override
    protected void want(
        Predicate<TypeInfo> wanted, boolean always, Handler<S> handler, String... fields) {
      if (always) {
        reader.on(wanted, event -> handler.event(section(event), event), fields);
      } else if (!looksIntoEvents) {
        reader.on(wanted.and(typeFilter), event -> handler.event(section(event), event), fields);
      } else {
        int time = fields.length;
        String[] more = java.util.Arrays.copyOf(fields, time + 3);
        more[time] = "startTime";
        more[time + 1] = "eventThread";
        more[time + 2] = "sampledThread";
        reader.on(
            wanted.and(typeFilter),
            event -> {
              if (passes(event, time, time + 1, time + 2)) {
                handler.event(section(event), event);
              }
            },
            more);
      }
    }

    private S section(EventCursor event) {
      enter(event.chunk(), reader.jvm());
      return type.cast(current.section(index));
    }
  }

  private boolean passes(EventCursor event, int time, int thread, int sampledThread) {
    if (!looksIntoEvents) {
      return true;
    }
    long at = event.getNanos(time);
    if (at < options.filter().fromNanos() || at >= options.filter().toNanos()) {
      return false;
    }
    if (options.filter().threads().isEmpty()) {
      return true;
    }
    ThreadInfo info = event.getThread(event.has(thread) ? thread : sampledThread);
    return info != null && threadFilter.test(info.name());
  }

  /** Makes a chunk and its JVM the current ones; a chunk has one header object. */
  @SuppressWarnings("ReferenceEquality")
  private void enter(ChunkHeader header, int jvm) {
    if (header != currentChunk) {
      currentChunk = header;
      current = jvm(jvm);
      current.chunkBegins(header, options.filter().fromNanos(), options.filter().toNanos());
    }
  }

  private JvmCollector jvm(int number) {
    while (jvms.size() <= number) {
      jvms.add(new JvmCollector(types, options.limit(), input.name()));
    }
    return jvms.get(number);
  }

  private void chunkEnded(ChunkSummary chunk) {
    enter(chunk.header(), chunk.jvm()); // anew if none of its events was wanted
    current.chunkEnded(chunk);
    endPosition = chunk.end();
  }

  /** The JVMs in the recording; empty before the run. */
  List<JvmCollector> jvms() {
    return jvms.subList(1, jvms.size());
  }

  /** What was read. */
  Analysis.SourceFile file() {
    return file;
  }

  List<Loss> losses() {
    return losses;
  }

  long lossCount() {
    return lossCount;
  }

  /** Whether the filter names types and the recording declares none of them. */
  boolean wantsNothing() {
    return anyEventType && !anyTypeWanted;
  }
}
