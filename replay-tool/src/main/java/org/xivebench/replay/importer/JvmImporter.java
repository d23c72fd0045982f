package org.xivebench.replay.importer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.InputException;
import org.xivebench.replay.Progress;
import org.xivebench.replay.jfr.Completeness;
import org.xivebench.replay.jfr.DamagedRecordingException;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.RecordingException;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceWriter;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * Makes a trace of a JVM's recording: the interrupts that its threads' waiting and waking, its
 * input and output would cause in a guest, by {@link JvmRules rules}.
 *
 * <p>A thread always runs on the vCPU that its number and the seed give. A recording's events are
 * not in the order of time; interrupts are put in it as far as {@value #QUEUE_CAPACITY} of them
 * reach, and anew in each chunk. Constant memory.
 */
public final class JvmImporter {
  private static final int QUEUE_CAPACITY = 1 << 19;
  private static final int EVENTS_PER_CHECK = 1 << 12;
  private static final int MANAGEMENT_PAGE = 0x1_0000;
  private static final int XIVE_PRIORITY = 6;
  private static final int SET_EISN = 2;

  private static final String TOO_SHORT = "shorter than minDurationNanos";
  private static final String NOT_MET = "when is not met";
  private static final String TIMED_OUT = "ended by a timer";
  private static final String NO_THREAD = "no thread is named";
  private static final String SAME_VCPU = "both threads on one vCPU: no IPI";

  /** Opens the recording, once or, for {@link Source#again}, twice. */
  @FunctionalInterface
  public interface Opener {
    /** Opens it from its beginning. */
    JfrReader open() throws IOException;
  }

  /**
   * A recording.
   *
   * @param name what messages call it
   * @param opener opens it
   * @param again whether it can be opened twice; then the trace's origin tells whether it is whole
   */
  public record Source(Path name, Opener opener, boolean again) {}

  /**
   * What one rule did.
   *
   * @param rule the rule
   * @param events events of its type
   * @param interrupts that it made
   * @param leftOut events that made none, by reason
   */
  public record Explanation(
      JvmRules.Rule rule, long events, long interrupts, Map<String, Long> leftOut) {}

  /**
   * What came out.
   *
   * @param report what was taken and what was left out
   * @param explanations what each rule did
   * @param losses what of a damaged recording was lost
   */
  public record Result(ImportReport report, List<Explanation> explanations, List<String> losses) {}

  /** Thrown out of a handler to end the reading; the user asked for it. */
  private static final class CancelledException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private final Source source;
  private final JvmRules rules;
  private final int vcpus;
  private final long seed;
  private final Progress progress;
  private final Cancellation cancellation;
  private final ImportReport report = new ImportReport("events");
  private final InterruptQueue queue = new InterruptQueue(QUEUE_CAPACITY);
  private final Map<String, Integer> firstSources = new HashMap<>();
  private final TraceEvent event = new TraceEvent();
  private final List<RuleAtWork> atWork = new ArrayList<>();
  private TraceWriter writer;
  private long lastNanos = Long.MIN_VALUE;
  private long late;
  private long eventsSeen;

  private JvmImporter(
      Source source,
      JvmRules rules,
      int vcpus,
      long seed,
      Progress progress,
      Cancellation cancellation) {
    this.source = source;
    this.rules = rules;
    this.vcpus = vcpus;
    this.seed = seed;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /**
   * Imports a recording.
   *
   * @param vcpus of the guest
   * @param seed chooses which thread runs on which vCPU
   * @param out where the trace goes; closed when this returns
   * @param progress told how many events rules have looked at
   * @param cancellation when it is requested the trace stays without its end
   * @throws InputException if the recording cannot be read
   */
  public static Result run(
      Source source,
      JvmRules rules,
      int vcpus,
      long seed,
      OutputStream out,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    try {
      return new JvmImporter(source, rules, vcpus, seed, progress, cancellation).run(out);
    } catch (DamagedRecordingException e) {
      throw new InputException(
          source.name(),
          "byte " + e.offset(),
          "is damaged: " + e.reason() + "; --salvage uses what is whole",
          e);
    } catch (RecordingException e) {
      String prefix = e.file() + ": ";
      String message = e.getMessage();
      throw new InputException(
          source.name(),
          message.startsWith(prefix) ? message.substring(prefix.length()) : message,
          e);
    }
  }

  private Result run(OutputStream out) throws IOException {
    List<String> losses = new ArrayList<>();
    try (out) {
      String origin = "jvm recording " + source.name().getFileName();
      report.header(header(source.again() && isSample() ? origin + "; a sample" : origin));
      writer = new TraceWriter(out, report.header());
      try (JfrReader reader = source.opener().open()) {
        Completeness completeness = Completeness.of(reader);
        for (int i = 0; i < rules.rules().size(); i++) {
          atWork.add(new RuleAtWork(rules.rules().get(i), reader));
        }
        reader.onChunk(chunk -> chunkEnded = true);
        if (read(reader)) {
          drain();
          writer.end();
        }
        say(completeness);
        reader.losses().forEach(loss -> losses.add(loss.toString()));
      }
      writer.close();
    }
    report.input(eventsSeen, 0);
    return new Result(report, atWork.stream().map(RuleAtWork::explanation).toList(), losses);
  }

  /** Set by the reader at the end of a chunk: what waits is older than what comes. */
  private boolean chunkEnded;

  private boolean read(JfrReader reader) throws IOException {
    try {
      reader.readAll();
      return !cancellation.isRequested();
    } catch (CancelledException e) {
      return false;
    }
  }

  /** Whether events of the rules' types are known to be missing from the recording. */
  private boolean isSample() throws IOException {
    try (JfrReader reader = source.opener().open()) {
      Completeness completeness = Completeness.of(reader);
      reader.readAll();
      return !completeness.nothingLost()
          || eventTypes().stream().anyMatch(type -> !completeness.isComplete(type));
    }
  }

  private Set<String> eventTypes() {
    Set<String> types = new LinkedHashSet<>();
    rules.rules().forEach(rule -> types.add(rule.event()));
    return types;
  }

  private void say(Completeness completeness) {
    Set<String> types = eventTypes();
    completeness.reasons().stream()
        .filter(
            reason ->
                !reason.contains(" is a sample: ")
                    || types.contains(reason.substring(0, reason.indexOf(' '))))
        .forEach(report::approximate);
    completeness
        .thresholds()
        .forEach(
            (type, threshold) -> {
              if (types.contains(type)) {
                report.approximate(type + " of less than " + threshold + " was not recorded");
              }
            });
    if (!completeness.hasSettings()) {
      report.approximate("the recording does not say which events it left out");
    }
    if (late > 0) {
      report.approximate(late + " interrupts came too late to be put in the order of time");
    }
  }

  private TraceHeader header(String origin) {
    List<TraceHeader.Source> sources = new ArrayList<>();
    for (int vcpu = 0; vcpu < vcpus; vcpu++) {
      sources.add(new TraceHeader.Source(vcpu, false));
    }
    int next = InterruptMap.FIRST_MSI;
    for (JvmRules.Device device : rules.devices()) {
      firstSources.put(device.name(), next);
      for (int i = 0; i < device.queues(); i++) {
        sources.add(new TraceHeader.Source(next++, false));
      }
    }
    return TraceHeader.of(
        TraceMode.XIVE, origin, IntStream.range(0, vcpus).boxed().toList(), sources);
  }

  private void route(long nanos) throws IOException {
    for (JvmRules.Device device : rules.devices()) {
      for (int i = 0; i < device.queues(); i++) {
        int number = firstSources.get(device.name()) + i;
        append(
            event
                .begin(TraceKind.HCALL, nanos, 0, threadOf(0))
                .set(TraceField.OPCODE, Hcall.H_INT_SET_SOURCE_CONFIG)
                .set(TraceField.ARG0, SET_EISN)
                .set(TraceField.ARG1, number)
                .set(TraceField.ARG2, vcpuOfQueue(i))
                .set(TraceField.ARG3, XIVE_PRIORITY)
                .set(TraceField.ARG4, number)
                .set(TraceField.INFERRED, true));
      }
    }
  }

  private int vcpuOfQueue(int index) {
    return index % vcpus;
  }

  private int vcpuOfSource(int number) {
    for (JvmRules.Device device : rules.devices()) {
      int index = number - firstSources.get(device.name());
      if (index >= 0 && index < device.queues()) {
        return vcpuOfQueue(index);
      }
    }
    throw new AssertionError("a source of no device");
  }

  private static long threadOf(int vcpu) {
    return vcpu + 1L;
  }

  /** Spreads a number over all bits (the finalizer of MurmurHash3). */
  private long mix(long number) {
    long z = number ^ (seed * 0x9e3779b97f4a7c15L);
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }

  // The interrupts that wait for their turn: one word each

  private static final int END_OF_IPI = 2;
  private static final int END_OF_MSI = 3;
  private static final int IPI = 0;
  private static final int MSI = 1;

  /** Kind, then the number of the target or source, then the sender and 1. */
  private static long word(int kind, int number, int sender) {
    return (long) kind << 60 | (long) number << 16 | (sender + 1);
  }

  private void put(long nanos, long word) throws IOException {
    if (chunkEnded) {
      chunkEnded = false;
      drain();
    }
    if (queue.isFull()) {
      emitFirst();
    }
    queue.put(nanos, word);
  }

  private void drain() throws IOException {
    while (!queue.isEmpty()) {
      emitFirst();
    }
  }

  private void emitFirst() throws IOException {
    long nanos = queue.time();
    long word = queue.word();
    queue.remove();
    if (lastNanos == Long.MIN_VALUE) {
      route(nanos);
    }
    late += nanos < lastNanos ? 1 : 0;
    lastNanos = Math.max(lastNanos, nanos);
    int number = (int) (word >>> 16) & 0xffff;
    int sender = (int) (word & 0xffff) - 1;
    switch ((int) (word >>> 60)) {
      case IPI ->
          append(
              event
                  .begin(TraceKind.ESB_STORE, nanos, sender, threadOf(sender))
                  .set(TraceField.SOURCE, number));
      case MSI -> {
        for (int level = 1; level >= 0; level--) {
          append(
              event
                  .begin(TraceKind.SET_LINE, nanos, TraceEvent.NO_VCPU, 0)
                  .set(TraceField.SOURCE, number)
                  .set(TraceField.LEVEL, level)
                  .set(TraceField.INFERRED, true));
        }
      }
      case END_OF_IPI -> end(nanos, number, number);
      case END_OF_MSI -> end(nanos, number, vcpuOfSource(number));
      default -> throw new AssertionError(word);
    }
  }

  private void end(long nanos, int number, int vcpu) throws IOException {
    append(
        event
            .begin(TraceKind.ESB_LOAD, nanos, vcpu, threadOf(vcpu))
            .set(TraceField.SOURCE, number)
            .set(TraceField.ESB_OFFSET, MANAGEMENT_PAGE + EsbOffset.SET_PQ_00)
            .set(TraceField.VALUE, Pq.PENDING));
  }

  private void append(TraceEvent appended) throws IOException {
    report.take(appended.kind());
    writer.append(appended);
  }

  /** One rule, with the fields of its events in slots. */
  private final class RuleAtWork {
    private static final int START = 0;
    private static final int DURATION = 1;
    private static final int FROM = 2;
    private static final int TO = 4;
    private static final int TIMEOUT = 6;
    private static final int FIRST_OF_QUEUE = 7;

    private final JvmRules.Rule rule;
    private final int firstSource;
    private final int queues;
    private final List<Map.Entry<String, JsonNode>> conditions;
    private final int firstCondition;
    private final Map<String, Long> leftOut = new LinkedHashMap<>();
    private long events;
    private long interrupts;

    RuleAtWork(JvmRules.Rule rule, JfrReader reader) {
      this.rule = rule;
      this.conditions = List.copyOf(rule.when().entrySet());
      List<String> slots = new ArrayList<>(List.of("startTime", "duration"));
      addThread(slots, rule.from());
      addThread(slots, rule.to());
      slots.add(rule.timeout() == null ? "(none)" : rule.timeout());
      for (String field : rule.queueBy()) {
        slots.add(isThread(field) ? field + ".javaThreadId" : field);
      }
      firstCondition = slots.size();
      conditions.forEach(condition -> slots.add(condition.getKey()));
      boolean msi = rule.interrupt() == JvmRules.Interrupt.MSI;
      firstSource = msi ? firstSources.get(rule.device()) : 0;
      queues =
          rules.devices().stream()
              .filter(device -> device.name().equals(rule.device()))
              .mapToInt(JvmRules.Device::queues)
              .findFirst()
              .orElse(0);
      // Before JDK 11 the JDK's events had another prefix.
      reader.on(
          JfrReader.named(rule.event(), "com.oracle." + rule.event()),
          this::event,
          slots.toArray(String[]::new));
    }

    private static boolean isThread(String field) {
      return field.endsWith("Thread") || field.equals("thread");
    }

    private void addThread(List<String> slots, String field) {
      String name = field == null ? "(none)" : field;
      slots.add(name + ".javaThreadId");
      slots.add(name + ".osThreadId");
    }

    private void event(EventCursor cursor) throws IOException {
      events++;
      if (++eventsSeen % EVENTS_PER_CHECK == 0) {
        progress.update(eventsSeen, 0);
        if (cancellation.isRequested()) {
          throw new CancelledException();
        }
      }
      long start = cursor.getNanos(START);
      long duration = Math.max(cursor.getNanos(DURATION), 0);
      if (duration < rule.minDurationNanos()) {
        leaveOut(TOO_SHORT);
      } else if (!conditionsAreMet(cursor)) {
        leaveOut(NOT_MET);
      } else if (timedOut(cursor, duration)) {
        leaveOut(TIMED_OUT);
      } else {
        long nanos = rule.at() == JvmRules.At.START ? start : start + duration;
        switch (rule.interrupt()) {
          case IPI -> ipi(cursor, nanos);
          case IPI_ALL -> ipiToAll(cursor, nanos);
          case MSI -> msi(cursor, nanos);
        }
      }
    }

    private void leaveOut(String reason) {
      leftOut.merge(reason, 1L, Long::sum);
      report.skip(rule.name() + ": " + reason);
    }

    private boolean conditionsAreMet(EventCursor cursor) {
      for (int i = 0; i < conditions.size(); i++) {
        int slot = firstCondition + i;
        JsonNode wanted = conditions.get(i).getValue();
        boolean met =
            cursor.has(slot)
                && (wanted.isBoolean()
                    ? cursor.getBoolean(slot) == wanted.booleanValue()
                    : wanted.isNumber()
                        ? cursor.getDouble(slot) == wanted.doubleValue()
                        : wanted.asText().equals(cursor.getString(slot)));
        if (!met) {
          return false;
        }
      }
      return true;
    }

    private boolean timedOut(EventCursor cursor, long duration) {
      long timeout = cursor.getNanos(TIMEOUT);
      return timeout > 0 && duration >= timeout;
    }

    /** The vCPU on which a thread runs, or -1 if none is named. */
    private int vcpuOfThread(EventCursor cursor, int slot) {
      long java = cursor.getLong(slot);
      long id = java > 0 ? java : -cursor.getLong(slot + 1);
      return id == 0 ? TraceEvent.NO_VCPU : Math.floorMod(mix(id), vcpus);
    }

    private void ipi(EventCursor cursor, long nanos) throws IOException {
      int to = vcpuOfThread(cursor, TO);
      if (to < 0) {
        leaveOut(NO_THREAD);
        return;
      }
      int from = sender(cursor, nanos);
      if (from == to) {
        leaveOut(SAME_VCPU);
        return;
      }
      send(nanos, from, to);
    }

    private void ipiToAll(EventCursor cursor, long nanos) throws IOException {
      int from = sender(cursor, nanos);
      if (vcpus == 1) {
        leaveOut(SAME_VCPU);
      }
      for (int to = 0; to < vcpus; to++) {
        if (to != from) {
          send(nanos, from, to);
        }
      }
    }

    /** Where the event does not say who, any vCPU, the target among them. */
    private int sender(EventCursor cursor, long nanos) {
      int from = vcpuOfThread(cursor, FROM);
      return from >= 0 ? from : Math.floorMod(mix(nanos), vcpus);
    }

    private void send(long nanos, int from, int to) throws IOException {
      interrupts++;
      put(nanos, word(IPI, to, from));
      put(nanos + rules.serviceNanos(), word(END_OF_IPI, to, from));
    }

    private void msi(EventCursor cursor, long nanos) throws IOException {
      long hash = rule.queueBy().isEmpty() ? nanos : 0;
      for (int i = 0; i < rule.queueBy().size(); i++) {
        Object value = cursor.getObject(FIRST_OF_QUEUE + i);
        hash = hash * 31 + (value == null ? 0 : value.hashCode());
      }
      int number = firstSource + Math.floorMod(mix(hash), queues);
      interrupts++;
      put(nanos, word(MSI, number, TraceEvent.NO_VCPU));
      put(nanos + rules.serviceNanos(), word(END_OF_MSI, number, TraceEvent.NO_VCPU));
    }

    Explanation explanation() {
      return new Explanation(rule, events, interrupts, Map.copyOf(leftOut));
    }
  }
}
