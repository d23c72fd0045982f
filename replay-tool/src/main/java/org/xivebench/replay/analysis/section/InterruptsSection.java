package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.collect.Counting2d;
import org.xivebench.replay.analysis.collect.Counts;
import org.xivebench.replay.analysis.collect.Spans;
import org.xivebench.replay.analysis.collect.TimeGrid;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Series;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.xive.EsbOffset;

/**
 * Interrupts of a guest, from trigger over delivery (the vCPU accepts it) to the end of interrupt:
 * by source, priority, vCPU and backend; what was coalesced and triggered again.
 *
 * <p>Traces tell all of it, in order. Live events of a run tell triggers with what became of them,
 * and of XICS guests the hypercall that ends an interrupt; these are put in the order of time
 * within a chunk first.
 */
public final class InterruptsSection extends SectionCollector<InterruptsSection> {
  public static final String NAME = "interrupts";

  /** Breakdown: trigger to delivery, by source. */
  public static final String TO_DELIVERY = "toDelivery";

  /** Breakdown: trigger to end of interrupt, by source. */
  public static final String TO_EOI = "toEoi";

  /** Table: triggers, ends and what was coalesced, by source. */
  public static final String SOURCES = "sources";

  /** Table: interrupts that each vCPU ended. */
  public static final String VCPUS = "vcpus";

  private static final long NOT_KNOWN = Long.MIN_VALUE;
  private static final int PAGE = 0x10000;
  private static final int IN_PAGE = 0xfff;
  private static final int OPERATION = 0xf00;
  private static final int Q = 1;
  private static final int XISR = 0xff_ffff;

  /** Number under which XICS presents the IPI of a server. */
  private static final int XICS_IPI = 2;

  private static final int SERVER_SHIFT = 32;

  public static final SectionType<InterruptsSection> TYPE =
      new SectionType<>(
          NAME,
          InterruptsSection.class,
          InterruptsSection::new,
          in -> {
            in.benchAlways("TraceHeader", InterruptsSection::header, "mode", "firstSource");
            in.bench("ModeChange", InterruptsSection::modeChange, "mode");
            in.bench("Swap", InterruptsSection::swap, "to");
            in.bench(
                "EsbStore",
                InterruptsSection::esbStore,
                "startTime",
                "vcpu",
                "source",
                "offset",
                "value");
            in.bench(
                "EsbLoad",
                InterruptsSection::esbLoad,
                "startTime",
                "vcpu",
                "source",
                "offset",
                "value");
            in.bench("SetLine", InterruptsSection::setLine, "startTime", "source", "level");
            in.bench("TctxAccept", InterruptsSection::tctxAccept, "startTime", "target", "cppr");
            in.bench("IcpIpi", InterruptsSection::icpIpi, "startTime", "server");
            in.bench(
                "IcpAccept",
                InterruptsSection::icpAccept,
                "startTime",
                "vcpu",
                "server",
                "xirr",
                "newXirr");
            in.bench("IcpEoi", InterruptsSection::icpEoi, "startTime", "vcpu", "server", "xirr");
            in.bench(
                "EsbTrigger",
                InterruptsSection::liveTrigger,
                "startTime",
                "source",
                "result",
                "duration");
            in.bench(
                "Interrupt",
                InterruptsSection::handled,
                "startTime",
                "duration",
                "source",
                "kind",
                "server",
                "priority",
                "backend",
                "toNotification",
                "toDelivery");
          });

  private final Map<Long, String> names = new HashMap<>();
  private final InterruptTracker tracker = new InterruptTracker(this::ended);
  private final BreakingDown toDelivery;
  private final BreakingDown deliveryByPriority;
  private final BreakingDown deliveryByVcpu;
  private final BreakingDown deliveryByBackend;
  private final BreakingDown toEoi;
  private final BreakingDown eoiByPriority;
  private final BreakingDown eoiByVcpu;
  private final BreakingDown eoiByBackend;
  private final BreakingDown handling;
  private final BreakingDown triggerCost;
  private final BreakingDown toNotification;
  private final Counts results = new Counts();
  private final Counts triggers = new Counts();
  private final Counts queued = new Counts();
  private final Counts coalesced = new Counts();
  private final Counts retriggers = new Counts();
  private final Counts endedBySource = new Counts();
  private final Counts liveTriggers = new Counts();
  private final Counts liveQueued = new Counts();
  private final Counts liveCoalesced = new Counts();
  private final Counting2d bySourceAndVcpu = new Counting2d();
  private final Counts byVcpu = new Counts();
  private final TimeGrid.Track rate;
  private final Spans latencies;
  private String backend = "(unknown)";
  private long firstSource = Long.MAX_VALUE;

  InterruptsSection(JvmScope scope) {
    super(scope);
    toDelivery = breakdown(TO_DELIVERY, "trigger to delivery", "source");
    deliveryByPriority = breakdown("toDeliveryByPriority", "to delivery, by priority", "priority");
    deliveryByVcpu = breakdown("toDeliveryByVcpu", "to delivery, by vCPU", "vCPU");
    deliveryByBackend = breakdown("toDeliveryByBackend", "to delivery, by backend", "backend");
    toEoi = breakdown(TO_EOI, "trigger to end", "source");
    eoiByPriority = breakdown("toEoiByPriority", "to the end, by priority", "priority");
    eoiByVcpu = breakdown("toEoiByVcpu", "to the end, by vCPU", "vCPU");
    eoiByBackend = breakdown("toEoiByBackend", "to the end, by backend", "backend");
    handling = breakdown("handling", "delivery to end", "source");
    toNotification = breakdown("toNotification", "trigger to notification", "source");
    triggerCost = breakdown("trigger", "trigger calls", "source");
    rate = scope.grid().newTrack();
    latencies = scope.latencies("interrupts");
  }

  private BreakingDown breakdown(String name, String title, String key) {
    return new BreakingDown(name, title, key, Unit.NANOS, scope.limit());
  }

  // ---- traces

  private void header(EventCursor event) {
    String mode = event.getString(0);
    backend = mode == null ? backend : mode;
    firstSource = event.getLong(1);
  }

  private void modeChange(EventCursor event) {
    backend = event.getLong(0) == 0 ? "xive" : "xics";
  }

  private void esbStore(EventCursor event) {
    long offset = event.getLong(3);
    long time = event.getNanos(0);
    long source = event.getLong(2);
    if (offset < PAGE || (offset & IN_PAGE) < EsbOffset.STORE_EOI) {
      tracker.trigger(source, time);
    } else if ((offset & IN_PAGE) < EsbOffset.GET) {
      tracker.end(source, event.getInt(1), time, InterruptTracker.Again.BY_CONTROLLER);
    }
  }

  private void esbLoad(EventCursor event) {
    long offset = event.getLong(3);
    if (offset < PAGE) {
      return;
    }
    long time = event.getNanos(0);
    long source = event.getLong(2);
    int vcpu = event.getInt(1);
    long value = event.getLong(4);
    if ((offset & IN_PAGE) < EsbOffset.GET) {
      tracker.end(source, vcpu, time, InterruptTracker.Again.BY_CONTROLLER);
    } else if ((offset & OPERATION) == EsbOffset.SET_PQ_00) {
      boolean again = (value & Q) != 0 && value >= 0;
      tracker.end(
          source, vcpu, time, again ? InterruptTracker.Again.BY_GUEST : InterruptTracker.Again.NO);
    }
  }

  private void setLine(EventCursor event) {
    if (event.getLong(2) != 0) {
      tracker.trigger(event.getLong(1), event.getNanos(0));
    }
  }

  private void tctxAccept(EventCursor event) {
    tracker.deliver(event.getInt(1), event.getInt(2) & 0xff, event.getNanos(0));
  }

  private void icpIpi(EventCursor event) {
    tracker.triggerLevel(ipi(event.getLong(1)), event.getNanos(0));
  }

  private void icpAccept(EventCursor event) {
    if ((event.getLong(3) & XISR) != 0) {
      tracker.deliver(event.getInt(1), (int) (event.getLong(4) >>> 24) & 0xff, event.getNanos(0));
    }
  }

  private void icpEoi(EventCursor event) {
    long number = event.getLong(3) & XISR;
    tracker.end(
        number == XICS_IPI ? ipi(event.getLong(2)) : number,
        event.getInt(1),
        event.getNanos(0),
        InterruptTracker.Again.BY_CONTROLLER);
  }

  /** The key of a server's IPI, apart from the sources. */
  private static long ipi(long server) {
    return (server + 1) << SERVER_SHIFT | XICS_IPI;
  }

  // ---- live events

  private void swap(EventCursor event) {
    String to = event.getString(0);
    backend = to == null ? backend : to;
  }

  private void liveTrigger(EventCursor event) {
    long source = event.getLong(1);
    String result = event.getString(2);
    results.add(result == null ? "(unknown)" : result.toLowerCase(Locale.ROOT), 1);
    triggerCost.add(name(source), event.getNanos(3));
    // An IPI has a source here and a server at its end, so the two are not counted against each
    // other as those of a trace are.
    liveTriggers.add(name(source), 1);
    if ("QUEUED".equals(result)) {
      liveQueued.add(name(source), 1);
    } else if ("COALESCED".equals(result)) {
      liveCoalesced.add(name(source), 1);
    }
  }

  /** An interrupt that the guest of a run has handled; the event begins with its handler. */
  private void handled(EventCursor event) {
    long delivered = event.getNanos(0);
    long end = delivered + Math.max(0, event.getNanos(1));
    long source = event.getLong(2);
    boolean isIpi = "IPI".equals(event.getString(3));
    String name = isIpi ? "IPI of server " + source : name(source);
    String backendThen = event.getString(6);
    long notification = event.getNanos(7);
    long delivery = event.getNanos(8);
    if (notification > 0) {
      toNotification.add(name, notification);
    }
    endedBySource.add(name, 1);
    Target target =
        new Target(
            event.getInt(4),
            "server " + event.getLong(4),
            event.getInt(5),
            backendThen == null ? backend : backendThen);
    ended(name, target, delivery > 0 ? delivered - delivery : NOT_KNOWN, delivered, end);
  }

  // ---- both

  /** Who took an interrupt, and by which backend. */
  private record Target(int index, String name, int priority, String backend) {}

  private void ended(
      long source, int vcpu, int priority, long triggered, long delivered, long end) {
    Target target = new Target(vcpu, "vCPU " + vcpu, priority, backend);
    ended(name(source), target, triggered, delivered, end);
  }

  /**
   * An interrupt is ended.
   *
   * @param triggered {@link #NOT_KNOWN} if that is so, as with {@code delivered}
   */
  private void ended(String name, Target target, long triggered, long delivered, long end) {
    String priority = target.priority < 0 ? "(unknown)" : Integer.toString(target.priority);
    if (triggered != NOT_KNOWN) {
      long total = Math.max(0, end - triggered);
      add(toEoi, name, total, triggered, target);
      latencies.add(triggered, total);
      eoiByPriority.add(priority, total);
      eoiByVcpu.add(target.name, total);
      eoiByBackend.add(target.backend, total);
      if (delivered != NOT_KNOWN) {
        long wait = Math.max(0, delivered - triggered);
        add(toDelivery, name, wait, triggered, target);
        deliveryByPriority.add(priority, wait);
        deliveryByVcpu.add(target.name, wait);
        deliveryByBackend.add(target.backend, wait);
      }
    }
    bySourceAndVcpu.add(name, target.name, 1);
    byVcpu.add(target.name, 1);
    rate.add(end, 1);
    if (delivered != NOT_KNOWN) {
      handling.add(name, Math.max(0, end - delivered));
      scope.lanes().vcpu(target.index).span("interrupt", delivered, Math.max(0, end - delivered));
    } else {
      scope.lanes().vcpu(target.index).count("interrupts", end);
    }
  }

  private static void add(BreakingDown to, String name, long value, long triggered, Target target) {
    if (to.add(name, value)) {
      to.note(new Occurrence(triggered, value, target.name, name, List.of()));
    }
  }

  private String name(long source) {
    if (source < 0) {
      return "(not a guest's)";
    }
    String known = names.get(source);
    if (known == null) {
      known =
          source >>> SERVER_SHIFT != 0
              ? "IPI of server " + ((source >>> SERVER_SHIFT) - 1)
              : (source < firstSource && firstSource != Long.MAX_VALUE ? "IPI 0x" : "0x")
                  + Long.toHexString(source);
      if (names.size() < 1 << 16) {
        names.put(source, known);
      }
    }
    return known;
  }

  @Override
  public void addAll(InterruptsSection other) {
    toDelivery.addAll(other.toDelivery);
    deliveryByPriority.addAll(other.deliveryByPriority);
    deliveryByVcpu.addAll(other.deliveryByVcpu);
    deliveryByBackend.addAll(other.deliveryByBackend);
    toEoi.addAll(other.toEoi);
    eoiByPriority.addAll(other.eoiByPriority);
    eoiByVcpu.addAll(other.eoiByVcpu);
    eoiByBackend.addAll(other.eoiByBackend);
    handling.addAll(other.handling);
    triggerCost.addAll(other.triggerCost);
    toNotification.addAll(other.toNotification);
    results.addAll(other.results);
    other.count();
    triggers.addAll(other.triggers);
    queued.addAll(other.queued);
    coalesced.addAll(other.coalesced);
    retriggers.addAll(other.retriggers);
    endedBySource.addAll(other.endedBySource);
    liveTriggers.addAll(other.liveTriggers);
    liveQueued.addAll(other.liveQueued);
    liveCoalesced.addAll(other.liveCoalesced);
    bySourceAndVcpu.addAll(other.bySourceAndVcpu);
    byVcpu.addAll(other.byVcpu);
    rate.addAll(other.rate, other.scope.grid());
  }

  /** Moves what the tracker counted so far to where it can be added up. */
  private void count() {
    for (InterruptTracker.Tally tally : tracker.takeTallies()) {
      String name = name(tally.source());
      triggers.add(name, tally.triggers());
      queued.add(name, tally.queued());
      coalesced.add(name, tally.coalesced());
      retriggers.add(name, tally.retriggers());
      endedBySource.add(name, tally.ended());
    }
  }

  @Override
  public Section result() {
    count();
    Section.Builder section = Section.builder(NAME, "Interrupts");
    long triggered = triggers.total() + liveTriggers.total();
    if (triggered + endedBySource.total() == 0) {
      return section.build();
    }
    section
        .add(Figure.of("triggers", "triggers", Unit.COUNT, triggered))
        .add(Figure.of("ended", "ended", Unit.COUNT, endedBySource.total()))
        .add(Figure.of("queued", "remembered (Q)", Unit.COUNT, queued.total() + liveQueued.total()))
        .add(
            Figure.of(
                "coalesced", "coalesced", Unit.COUNT, coalesced.total() + liveCoalesced.total()))
        .add(Figure.of("retriggers", "triggered again", Unit.COUNT, retriggers.total()))
        .add(
            Figure.of(
                "rate", "ended a second", Unit.PER_SECOND, endedBySource.total() / scope.seconds()))
        .add(toNotification.result())
        .add(toDelivery.result())
        .add(deliveryByPriority.result())
        .add(deliveryByVcpu.result())
        .add(deliveryByBackend.result())
        .add(toEoi.result())
        .add(eoiByPriority.result())
        .add(eoiByVcpu.result())
        .add(eoiByBackend.result())
        .add(handling.result())
        .add(triggerCost.result())
        .add(sources())
        .add(liveSources())
        .add(HotMethodsSection.counts(VCPUS, "ended by", "vcpu", byVcpu, scope.limit()))
        .add(
            HotMethodsSection.counts(
                "results", "what became of triggers", "result", results, scope.limit()))
        .add(
            bySourceAndVcpu.result(
                "sourceByVcpu", "interrupts ended", "source", "vCPU", scope.limit()));
    if (endedBySource.total() == 0) {
      section.note("The recording does not tell which interrupts were delivered and ended.");
    }
    double perSecond = 1e9 / scope.grid().bucketNanos();
    return section
        .add(
            new Series(
                "rate",
                "interrupts",
                Unit.PER_SECOND,
                rate.values().stream().map(n -> n * perSecond).toList()))
        .build();
  }

  private Table liveSources() {
    List<List<Object>> rows = new ArrayList<>();
    for (Map.Entry<String, Long> e : liveTriggers.top(scope.limit())) {
      String name = e.getKey();
      rows.add(List.of(name, e.getValue(), liveQueued.get(name), liveCoalesced.get(name)));
    }
    return new Table(
        "triggeredSources",
        "triggers by source",
        List.of(
            new Table.Column("source", "source", Unit.TEXT),
            new Table.Column("triggers", "triggers", Unit.COUNT),
            new Table.Column("queued", "remembered", Unit.COUNT),
            new Table.Column("coalesced", "coalesced", Unit.COUNT)),
        rows,
        liveTriggers.keys() - rows.size());
  }

  private Table sources() {
    List<List<Object>> rows = new ArrayList<>();
    for (Map.Entry<String, Long> e : triggers.top(scope.limit())) {
      String name = e.getKey();
      rows.add(
          List.of(
              name,
              e.getValue(),
              endedBySource.get(name),
              queued.get(name),
              coalesced.get(name),
              retriggers.get(name)));
    }
    return new Table(
        SOURCES,
        "by source",
        List.of(
            new Table.Column("source", "source", Unit.TEXT),
            new Table.Column("triggers", "triggers", Unit.COUNT),
            new Table.Column("ended", "ended", Unit.COUNT),
            new Table.Column("queued", "remembered", Unit.COUNT),
            new Table.Column("coalesced", "coalesced", Unit.COUNT),
            new Table.Column("retriggers", "again", Unit.COUNT)),
        rows,
        triggers.keys() - rows.size());
  }
}
