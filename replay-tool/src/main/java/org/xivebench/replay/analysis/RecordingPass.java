package org.xivebench.replay.analysis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.section.EventsSection;
import org.xivebench.replay.analysis.section.Interests;
import org.xivebench.replay.analysis.section.SectionCollector;
import org.xivebench.replay.analysis.section.SectionType;
import org.xivebench.replay.jfr.ChunkHeader;
import org.xivebench.replay.jfr.ChunkSpan;
import org.xivebench.replay.jfr.ChunkSummary;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.EventHandler;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.Loss;
import org.xivebench.replay.jfr.ThreadInfo;
import org.xivebench.replay.jfr.TypeInfo;

/** One pass over one recording, which feeds all sections of all its JVMs. */
final class RecordingPass {
  /** Events between two looks at the clock and at the user's wish to end. */
  private static final int EVENTS_BETWEEN_CHECKS = 1 << 13;

  /** What a filter looks at. */
  private static final List<String> FILTER_FIELDS =
      List.of("startTime", "eventThread", "sampledThread");

  private static final String TRACE_HEADER = "org.xivebench.TraceHeader";

  private final RecordingInput input;
  private final AnalysisOptions options;
  private final List<SectionType<?>> types;
  private final Predicate<TypeInfo> typeFilter;
  private final Predicate<String> threadFilter;
  private final boolean looksIntoEvents;

  /** By the number that the reader gives them. */
  private final Map<Integer, JvmCollector> jvms = new LinkedHashMap<>();

  private JfrReader reader;
  private JvmCollector current;
  private ChunkHeader currentChunk;
  private boolean inTrace;
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
      reader.onPassedOver(this::chunkRepeated);
      List<String> fields = new ArrayList<>(EventsSection.FIELDS);
      int allFilterSlots = fields.size();
      if (looksIntoEvents) {
        fields.addAll(FILTER_FIELDS);
      }
      EventCursor all = reader.select(this::isWanted, fields.toArray(String[]::new));
      for (int i = 0; i < types.size(); i++) {
        declare(types.get(i), i);
      }
      int untilCheck = 0;
      long reported = 0;
      while (reader.next() != null) {
        enter(all.chunk(), reader.jvm(), all);
        if (!looksIntoEvents || passes(all, allFilterSlots)) {
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
      } else {
        reader.on(wanted.and(typeFilter), filtered(handler, fields.length), withFilter(fields));
      }
    }

    @Override
    public void whole(Predicate<TypeInfo> wanted, Handler<S> handler, String... fields) {
      reader.onWhole(wanted.and(typeFilter), filtered(handler, fields.length), withFilter(fields));
    }

    private EventHandler filtered(Handler<S> handler, int filterSlots) {
      return looksIntoEvents
          ? event -> {
            if (passes(event, filterSlots)) {
              handler.event(section(event), event);
            }
          }
          : event -> handler.event(section(event), event);
    }

    private String[] withFilter(String... fields) {
      if (!looksIntoEvents) {
        return fields;
      }
      String[] more = Arrays.copyOf(fields, fields.length + FILTER_FIELDS.size());
      for (int i = 0; i < FILTER_FIELDS.size(); i++) {
        more[fields.length + i] = FILTER_FIELDS.get(i);
      }
      return more;
    }

    private S section(EventCursor event) {
      enter(event.chunk(), reader.jvm(), event);
      return type.cast(current.section(index));
    }
  }

  /**
   * Whether an event is one that the user wants to see.
   *
   * @param slots where {@link #FILTER_FIELDS} begin
   */
  private boolean passes(EventCursor event, int slots) {
    long at = event.getNanos(slots);
    if (at < options.filter().fromNanos() || at >= options.filter().toNanos()) {
      return false;
    }
    if (options.filter().threads().isEmpty()) {
      return true;
    }
    ThreadInfo thread = event.getThread(event.has(slots + 1) ? slots + 1 : slots + 2);
    return thread != null && threadFilter.test(thread.name());
  }

  /**
   * Makes a chunk and its JVM the current ones; a chunk has one header object.
   *
   * @param first the chunk's first event that anybody wants, or null
   */
  @SuppressWarnings("ReferenceEquality")
  private void enter(ChunkHeader header, int number, EventCursor first) {
    if (header == currentChunk) {
      return;
    }
    currentChunk = header;
    boolean trace = first == null ? inTrace : isTrace(first);
    boolean continues = trace && inTrace && (first == null || !beginsTrace(first));
    inTrace = trace;
    if (continues) {
      // The clock of a trace begins anew in each chunk, which otherwise tells another JVM.
      jvms.put(number, current);
    } else {
      current = jvms.computeIfAbsent(number, n -> newJvm());
    }
    current.chunkBegins(header, options.filter().fromNanos(), options.filter().toNanos());
  }

  private static boolean isTrace(EventCursor event) {
    return event.metadata().type(TRACE_HEADER) != null;
  }

  private static boolean beginsTrace(EventCursor event) {
    return event.type().name().equals(TRACE_HEADER);
  }

  private JvmCollector newJvm() {
    return new JvmCollector(types, options.limit(), input.name());
  }

  private void chunkEnded(ChunkSummary chunk) {
    enter(chunk.header(), chunk.jvm(), null); // anew if none of its events was wanted
    current.chunkEnded(chunk);
    endPosition = chunk.end();
  }

  private void chunkRepeated(ChunkSpan chunk) {
    jvms.computeIfAbsent(reader.jvm(), n -> newJvm()).chunkRepeated(chunk);
    endPosition = chunk.end();
  }

  /** The JVMs in the recording; empty before the run. */
  List<JvmCollector> jvms() {
    return jvms.values().stream().distinct().toList();
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
