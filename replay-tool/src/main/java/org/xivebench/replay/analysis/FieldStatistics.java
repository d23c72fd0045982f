package org.xivebench.replay.analysis;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.collect.Frames;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.FieldInfo;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.StackTrace;
import org.xivebench.replay.jfr.ThreadInfo;
import org.xivebench.replay.jfr.TypeInfo;

/** Percentiles of one field of events, by another. */
public final class FieldStatistics {
  /** In place of a field to break down by: the name of the event type. */
  public static final String EVENT_TYPE = "eventType";

  private static final Set<String> WHOLE = Set.of("long", "int", "short", "byte", "char");
  private static final Set<String> FRACTIONAL = Set.of("float", "double");
  private static final double MILLION = 1e6;
  private static final String UNKNOWN = "(none)";

  private static final int VALUE = 0;
  private static final int KEY = 1;
  private static final int START = 2;
  private static final int THREAD = 3;
  private static final int SAMPLED_THREAD = 4;
  private static final int STACK = 5;

  private final AnalysisOptions options;
  private final String field;
  private final String by;

  /**
   * @param field path of a numeric field, such as {@code duration} or {@code bytesRead}
   * @param by path of the field to break down by, or {@link #EVENT_TYPE}
   */
  public FieldStatistics(AnalysisOptions options, String field, String by) {
    this.options = options;
    this.field = field;
    this.by = by;
  }

  /**
   * Reads recordings, several at a time; a chunk that is there more than once is read once.
   *
   * @throws org.xivebench.replay.jfr.RecordingException if one is no recording, or is damaged and
   *     the options do not ask to pass damage over
   * @throws UsageException if no event type that the filter lets pass has such a field
   */
  public Breakdown read(List<RecordingInput> inputs, Progress progress, Cancellation cancellation)
      throws IOException {
    List<Pass> passes = RepeatedChunks.passedOver(inputs).stream().map(Pass::new).toList();
    AtomicLong done = new AtomicLong();
    SideBySide.run(passes, pass -> pass.run(done, progress, cancellation));
    Unit unit = null;
    for (Pass pass : passes) {
      if (unit != null && pass.unit != null && pass.unit != unit) {
        throw mixed(unit, pass.unit);
      }
      unit = unit == null ? pass.unit : unit;
    }
    if (unit == null && passes.stream().anyMatch(pass -> pass.hasAny)) {
      return newBreakdown(Unit.COUNT).result(); // a type has the field, and no event is there
    }
    if (unit == null) {
      throw new UsageException(
          "no event type that is looked at has a numeric field '"
              + field
              + "'; 'jfr metadata' lists the fields, --events chooses the types");
    }
    BreakingDown all = newBreakdown(unit);
    for (Pass pass : passes) {
      if (pass.values != null) {
        all.addAll(pass.values);
      }
    }
    return all.result();
  }

  private UsageException mixed(Unit one, Unit other) {
    return new UsageException(
        "the field '"
            + field
            + "' is in "
            + one.name().toLowerCase(java.util.Locale.ROOT)
            + " in one event type and in "
            + other.name().toLowerCase(java.util.Locale.ROOT)
            + " in another; choose with --events");
  }

  private BreakingDown newBreakdown(Unit unit) {
    return new BreakingDown("stats", field, by, unit, options.limit());
  }

  /** The unit of a field's values, or null if it has no numbers that could be added up. */
  private static Unit unitOf(FieldInfo info) {
    if (info == null || info.isArray() || info.isTimestamp()) {
      return null;
    }
    if (info.isConstant()) {
      return Unit.COUNT; // a path into a constant, which says itself what is there
    }
    if (FRACTIONAL.contains(info.type().name())) {
      return Unit.MILLIONTHS;
    }
    if (!WHOLE.contains(info.type().name())) {
      return null;
    }
    return info.isTimespan()
        ? Unit.NANOS
        : info.annotation("jdk.jfr.DataAmount") != null ? Unit.BYTES : Unit.COUNT;
  }

  /** One recording. */
  private final class Pass {
    private final RecordingInput input;
    private final Predicate<String> threads = Glob.anyOf(options.filter().threads());
    private Unit unit;
    private BreakingDown values;
    private boolean hasAny;

    Pass(RecordingInput input) {
      this.input = input;
    }

    void run(AtomicLong done, Progress progress, Cancellation cancellation) throws IOException {
      Predicate<TypeInfo> types = options.filter().types();
      try (JfrReader reader = input.open(options.mode())) {
        EventCursor events =
            reader.select(
                types.and(this::hasField),
                field,
                by,
                "startTime",
                "eventThread",
                "sampledThread",
                "stackTrace");
        long reported = 0;
        int untilCheck = 0;
        while (reader.next() != null) {
          take(events);
          if (--untilCheck < 0) {
            untilCheck = 1 << 13;
            progress.update(done.addAndGet(events.position() - reported), 0);
            reported = events.position();
            if (cancellation.isRequested()) {
              return;
            }
          }
        }
      }
    }

    private boolean hasField(TypeInfo type) {
      int dot = field.indexOf('.');
      FieldInfo first = type.field(dot < 0 ? field : field.substring(0, dot));
      boolean has = first != null && (dot >= 0 || (!first.isConstant() && unitOf(first) != null));
      hasAny |= has && dot < 0; // what a path leads to, events must tell
      return has;
    }

    private void take(EventCursor event) {
      Unit unitHere = unitOf(event.field(VALUE));
      if (unitHere == null || !passes(event)) {
        return;
      }
      if (unit == null) {
        unit = unitHere;
        values = newBreakdown(unit);
      } else if (unit != unitHere) {
        throw mixed(unit, unitHere);
      }
      long value =
          switch (unit) {
            case NANOS -> event.getNanos(VALUE);
            case MILLIONTHS -> Math.round(event.getDouble(VALUE) * MILLION);
            default -> event.getLong(VALUE);
          };
      if (value == Long.MIN_VALUE || value == Long.MAX_VALUE) {
        return; // not available, or for ever
      }
      String key = key(event);
      values.add(
          key,
          value,
          () ->
              new Occurrence(
                  event.getNanos(START),
                  value,
                  threadName(event),
                  event.type().name() + (by.equals(EVENT_TYPE) ? "" : ", " + key),
                  event.has(STACK) ? Frames.innermost(event.getStackTrace(STACK)) : List.of()));
    }

    private boolean passes(EventCursor event) {
      if (!options.filter().looksIntoEvents()) {
        return true;
      }
      long start = event.getNanos(START);
      return start >= options.filter().fromNanos()
          && start < options.filter().toNanos()
          && (options.filter().threads().isEmpty() || threads.test(threadName(event)));
    }

    private String threadName(EventCursor event) {
      ThreadInfo thread = event.getThread(event.has(THREAD) ? THREAD : SAMPLED_THREAD);
      return thread == null ? "" : thread.name();
    }

    private String key(EventCursor event) {
      if (by.equals(EVENT_TYPE)) {
        return event.type().name();
      }
      FieldInfo info = event.field(KEY);
      if (info == null) {
        return UNKNOWN;
      }
      if (by.indexOf('.') >= 0) {
        return text(event.getObject(KEY));
      }
      return switch (info.type().name()) {
        case "java.lang.Thread" -> {
          ThreadInfo thread = event.getThread(KEY);
          yield thread == null ? UNKNOWN : thread.name();
        }
        case "java.lang.Class" -> text(event.getClassName(KEY));
        case "jdk.types.Method" -> text(event.getMethod(KEY));
        case "jdk.types.StackTrace" -> {
          StackTrace trace = event.getStackTrace(KEY);
          yield trace == null || trace.frames().isEmpty()
              ? UNKNOWN
              : Frames.method(trace.frames().get(0));
        }
        default -> text(event.getObject(KEY));
      };
    }

    private String text(Object value) {
      return value == null ? UNKNOWN : value.toString();
    }
  }
}
