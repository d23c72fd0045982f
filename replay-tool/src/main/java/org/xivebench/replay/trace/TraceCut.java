package org.xivebench.replay.trace;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * Takes a part out of a trace: a stretch of it, the events of some sources, those of some vCPUs.
 *
 * <p>A part that begins later than the trace begins with what was in force there: the mode, claimed
 * sources, queues, the routing of each source and whether it is masked, asserted lines, the KVM
 * device and its attributes. Without these a replay would find every source masked. They are the
 * recorded events that set them, the last of each.
 *
 * <p>Constant memory: what is kept grows with the machine, not with the trace.
 */
public final class TraceCut {
  private static final int MANAGEMENT_PAGE = 0x10000;
  private static final int XICS_IPI = 2;
  private static final int WHOLE_MACHINE = -1;
  private static final int NO_SOURCE = -2;
  private static final int XISR_MASK = 0xff_ffff;
  private static final int RTAS_SET_XIVE = 0;
  private static final int RTAS_INT_OFF = 2;
  private static final int RTAS_INT_ON = 3;

  /**
   * What is to be taken.
   *
   * @param from sequence number of the first event, or with {@code byTime} nanoseconds since the
   *     trace's first event
   * @param to the same of the last event
   * @param byTime whether these are times
   * @param sources only events that name one of these sources, and those that concern the whole
   *     machine; empty for all
   * @param vcpus only events of these vCPUs, and of none; empty for all
   */
  public record Part(long from, long to, boolean byTime, Set<Integer> sources, Set<Integer> vcpus) {
    /** Copies the sets. */
    public Part {
      sources = Set.copyOf(sources);
      vcpus = Set.copyOf(vcpus);
    }
  }

  /**
   * What came out.
   *
   * @param read events of the input
   * @param written events of the output
   * @param setup how many of these set up what was in force where the part begins
   */
  public record Result(long read, long written, long setup) {}

  private final Part part;
  private final Set<Integer> lsis;

  /** What is in force, by what it is about, the oldest first. */
  private final Map<String, TraceEvent> inForce = new LinkedHashMap<>();

  private TraceCut(TraceHeader header, Part part) {
    this.part = part;
    this.lsis =
        header.sources().stream()
            .filter(TraceHeader.Source::lsi)
            .map(TraceHeader.Source::number)
            .collect(Collectors.toSet());
  }

  /** Opens the output, once its header is known. */
  @FunctionalInterface
  public interface Output {
    /** Opens a writer. */
    TraceWriter open(TraceHeader header) throws IOException;
  }

  /**
   * Cuts a trace, which is read to its end.
   *
   * @param output the writer is ended and closed
   */
  public static Result run(TraceReader in, Part part, Output output) throws IOException {
    TraceHeader header = in.header();
    try (TraceWriter out = output.open(headerOf(header, part))) {
      return new TraceCut(header, part).run(in, out);
    }
  }

  /** Effects whose causes are left out, and causes without effects: no absence means anything. */
  private static TraceHeader headerOf(TraceHeader header, Part part) {
    List<TraceHeader.Source> sources =
        header.sources().stream()
            .filter(source -> part.sources().isEmpty() || part.sources().contains(source.number()))
            .toList();
    return new TraceHeader(
        header.version(),
        header.mode(),
        header.origin(),
        header.firstSource(),
        header.servers(),
        sources,
        Set.of());
  }

  private Result run(TraceReader in, TraceWriter out) throws IOException {
    long read = 0;
    long setup = 0;
    long firstNanos = 0;
    boolean begun = false;
    TraceEvent event;
    while ((event = in.next()) != null) {
      firstNanos = read++ == 0 ? event.timeNanos() : firstNanos;
      long at = part.byTime() ? event.timeNanos() - firstNanos : event.sequence();
      boolean wanted = concernsSources(event) && isOfVcpus(event);
      if (at < part.from() && !begun) {
        if (concernsSources(event)) {
          follow(event);
        }
        continue;
      }
      if (!begun) {
        begun = true;
        for (TraceEvent set : inForce.values()) {
          set.attribute(event.timeNanos(), set.vcpu(), set.thread());
          out.append(set);
          setup++;
        }
      }
      if (at <= part.to() && wanted) {
        out.append(event);
      }
    }
    out.end();
    return new Result(read, out.count(), setup);
  }

  private boolean isOfVcpus(TraceEvent event) {
    return part.vcpus().isEmpty()
        || event.vcpu() == TraceEvent.NO_VCPU
        || part.vcpus().contains(event.vcpu());
  }

  private boolean concernsSources(TraceEvent event) {
    if (part.sources().isEmpty()) {
      return true;
    }
    int source = sourceOf(event);
    return source == WHOLE_MACHINE || part.sources().contains(source);
  }

  /** The source that an event is about, {@link #WHOLE_MACHINE}, or {@link #NO_SOURCE}. */
  private static int sourceOf(TraceEvent event) {
    return switch (event.kind()) {
      case CLAIM_SOURCE,
          FREE_SOURCE,
          SET_LINE,
          ESB_LOAD,
          ESB_STORE,
          RTAS_CALL,
          SOURCE_CONFIG,
          ICP_PRESENT,
          ICS_REJECT,
          ICS_EOI,
          SNAPSHOT_SOURCE,
          SNAPSHOT_ICS_SOURCE ->
          event.getInt(TraceField.SOURCE);
      case HCALL -> sourceOfHcall(event);
      case ICP_ACCEPT, ICP_EOI -> event.getInt(TraceField.XIRR) & XISR_MASK;
      case ICP_IPI -> XICS_IPI;
      case MACHINE_RESET, MODE_CHANGE, DEVICE_CREATE, DEVICE_RELEASE, SNAPSHOT -> WHOLE_MACHINE;
      default -> NO_SOURCE;
    };
  }

  private static int sourceOfHcall(TraceEvent event) {
    return switch (event.getInt(TraceField.OPCODE)) {
      case Hcall.H_EOI -> event.getInt(TraceField.ARG0) & XISR_MASK;
      case Hcall.H_IPI -> XICS_IPI;
      case Hcall.H_INT_GET_SOURCE_INFO,
          Hcall.H_INT_SET_SOURCE_CONFIG,
          Hcall.H_INT_GET_SOURCE_CONFIG,
          Hcall.H_INT_ESB,
          Hcall.H_INT_SYNC ->
          event.getInt(TraceField.ARG1);
      case Hcall.H_INT_SET_QUEUE_CONFIG, Hcall.H_INT_RESET -> WHOLE_MACHINE;
      default -> NO_SOURCE;
    };
  }

  // What is in force

  private void follow(TraceEvent event) {
    switch (event.kind()) {
      case CLAIM_SOURCE -> set("claim", event.get(TraceField.SOURCE), event);
      case FREE_SOURCE -> {
        long source = event.get(TraceField.SOURCE);
        for (String what : List.of("claim", "route", "mask", "line")) {
          unset(what, source);
        }
      }
      case SET_LINE -> line(event);
      case ESB_LOAD -> esbLoad(event);
      case HCALL -> hypercall(event);
      case SOURCE_CONFIG -> {
        long source = event.get(TraceField.SOURCE);
        unset("mask", source);
        set("route", source, event);
      }
      case RTAS_CALL -> rtas(event);
      case MODE_CHANGE -> {
        forgetRouting();
        set("mode", 0, event);
      }
      case MACHINE_RESET -> forgetRouting();
      case DEVICE_CREATE -> set("device", event.get(TraceField.DEVICE_TYPE), event);
      case DEVICE_RELEASE -> {
        unset("device", event.get(TraceField.DEVICE_TYPE));
        inForce.keySet().removeIf(key -> key.startsWith("attribute"));
      }
      case ATTRIBUTE_ACCESS -> {
        if (event.getBoolean(TraceField.SET)) {
          String group = "attribute " + event.get(TraceField.GROUP);
          set(group, event.get(TraceField.ATTRIBUTE), event);
        }
      }
      default -> {}
    }
  }

  private void set(String what, long about, TraceEvent event) {
    String key = what + " " + about;
    // Anew at the end: the order of the last ones counts.
    TraceEvent kept = inForce.remove(key);
    inForce.put(key, (kept == null ? new TraceEvent() : kept).copyFrom(event));
  }

  private void unset(String what, long about) {
    inForce.remove(what + " " + about);
  }

  private void forgetRouting() {
    inForce
        .keySet()
        .removeIf(
            key ->
                !key.startsWith("claim")
                    && !key.startsWith("device")
                    && !key.startsWith("attribute"));
  }

  private void line(TraceEvent event) {
    int source = event.getInt(TraceField.SOURCE);
    if (event.getInt(TraceField.LEVEL) == 0) {
      unset("line", source);
    } else if (lsis.contains(source)) {
      set("line", source, event);
    }
  }

  private void esbLoad(TraceEvent event) {
    long source = event.get(TraceField.SOURCE);
    int offset = event.getInt(TraceField.ESB_OFFSET) - MANAGEMENT_PAGE;
    if (offset < EsbOffset.SET_PQ_00) {
      return;
    }
    boolean masks = ((offset >>> 8) & Pq.QUEUED) == Pq.OFF;
    boolean unmasks = (event.getInt(TraceField.VALUE) & Pq.QUEUED) == Pq.OFF;
    if (masks || unmasks) {
      set("mask", source, event);
    }
  }

  private void hypercall(TraceEvent event) {
    switch (event.getInt(TraceField.OPCODE)) {
      case Hcall.H_INT_SET_SOURCE_CONFIG -> set("route", event.get(TraceField.ARG1), event);
      case Hcall.H_INT_SET_QUEUE_CONFIG ->
          set("queue " + event.get(TraceField.ARG2), event.get(TraceField.ARG1), event);
      case Hcall.H_INT_RESET -> {
        inForce.keySet().removeIf(key -> key.startsWith("route") || key.startsWith("queue"));
      }
      default -> {}
    }
  }

  private void rtas(TraceEvent event) {
    long source = event.get(TraceField.SOURCE);
    switch (event.getInt(TraceField.FUNCTION)) {
      case RTAS_SET_XIVE -> {
        unset("mask", source);
        set("route", source, event);
      }
      case RTAS_INT_OFF, RTAS_INT_ON -> set("mask", source, event);
      default -> {}
    }
  }
}
