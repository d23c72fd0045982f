package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Follows every interrupt from its trigger to its end of interrupt, by what is told of one source
 * after the other in the order in which it happened.
 *
 * <p>A source remembers one trigger while an earlier one is not ended (Q beside P); further ones
 * are one with that.
 */
final class InterruptTracker {
  /** Sources and vCPUs that are followed; more than any machine has. */
  private static final int MAX_FOLLOWED = 1 << 16;

  /** Told of each interrupt that ended. */
  @FunctionalInterface
  interface Sink {
    /**
     * An interrupt is ended.
     *
     * @param deliveredNanos when the vCPU took it; {@code Long.MIN_VALUE} if not known
     * @param priority of the delivery, or -1
     */
    void ended(
        long source, int vcpu, int priority, long triggerNanos, long deliveredNanos, long endNanos);
  }

  private static final class Source {
    long triggerNanos;
    long queuedNanos = NONE;
    boolean pending;

    /** The guest itself will trigger again what it found remembered at its EOI. */
    boolean retriggerExpected;

    long triggers;
    long queued;
    long coalesced;
    long retriggers;
    long ended;
  }

  /** The latest that a vCPU took. */
  private record Delivery(long nanos, int priority) {}

  private static final long NONE = Long.MIN_VALUE;

  private final Map<Long, Source> sources = new HashMap<>();
  private final Map<Integer, Delivery> deliveries = new HashMap<>();
  private final Sink sink;

  InterruptTracker(Sink sink) {
    this.sink = sink;
  }

  /** What there is to count about a source. */
  record Tally(
      long source, long triggers, long queued, long coalesced, long retriggers, long ended) {}

  /** A source is triggered. */
  void trigger(long source, long nanos) {
    Source s = source(source);
    if (s == null) {
      return;
    }
    if (s.retriggerExpected) {
      s.retriggerExpected = false;
      s.retriggers++;
      begin(s, s.queuedNanos == NONE ? nanos : s.queuedNanos);
      s.queuedNanos = NONE;
      return;
    }
    s.triggers++;
    if (!s.pending) {
      begin(s, nanos);
    } else if (s.queuedNanos == NONE) {
      s.queued++;
      s.queuedNanos = nanos;
    } else {
      s.coalesced++;
    }
  }

  /** A source is triggered that does not remember: an IPI of XICS, whose MFRR is set again. */
  void triggerLevel(long source, long nanos) {
    Source s = source(source);
    if (s != null) {
      s.triggers++;
      if (s.pending) {
        s.coalesced++;
      } else {
        begin(s, nanos);
      }
    }
  }

  private static void begin(Source s, long nanos) {
    s.pending = true;
    s.triggerNanos = nanos;
  }

  /** A vCPU takes what is presented to it. */
  void deliver(int vcpu, int priority, long nanos) {
    if (deliveries.size() < MAX_FOLLOWED || deliveries.containsKey(vcpu)) {
      deliveries.put(vcpu, new Delivery(nanos, priority));
    }
  }

  /** What became of a source's remembered trigger at its EOI. */
  enum Again {
    /** The controller presents it by itself, if there is one. */
    BY_CONTROLLER,
    /** The guest saw that there is one, and triggers again. */
    BY_GUEST,
    /** The guest saw that there is none. */
    NO
  }

  /** A vCPU ends an interrupt. An end without a trigger before it is a reset of the source. */
  void end(long source, int vcpu, long nanos, Again again) {
    Source s = sources.get(source);
    if (s == null) {
      return;
    }
    if (s.pending) {
      s.pending = false;
      s.ended++;
      Delivery delivery = deliveries.get(vcpu);
      // One taken before the trigger was for another interrupt, and this one came on top of it.
      boolean known = delivery != null && delivery.nanos >= s.triggerNanos;
      sink.ended(
          source,
          vcpu,
          delivery == null ? -1 : delivery.priority,
          s.triggerNanos,
          known ? delivery.nanos : NONE,
          nanos);
    }
    switch (again) {
      case BY_CONTROLLER -> {
        if (s.queuedNanos != NONE) {
          s.retriggers++;
          begin(s, s.queuedNanos);
        }
        s.queuedNanos = NONE;
      }
      case BY_GUEST -> s.retriggerExpected = true;
      case NO -> s.queuedNanos = NONE;
    }
  }

  private Source source(long number) {
    Source s = sources.get(number);
    if (s == null && sources.size() < MAX_FOLLOWED) {
      s = new Source();
      sources.put(number, s);
    }
    return s;
  }

  /** The counts of all sources since they were asked for last. */
  List<Tally> takeTallies() {
    List<Tally> tallies = new ArrayList<>();
    sources.forEach(
        (number, s) -> {
          if (s.triggers + s.ended > 0) {
            tallies.add(
                new Tally(number, s.triggers, s.queued, s.coalesced, s.retriggers, s.ended));
            s.triggers = 0;
            s.queued = 0;
            s.coalesced = 0;
            s.retriggers = 0;
            s.ended = 0;
          }
        });
    return tallies;
  }
}
