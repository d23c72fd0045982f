package org.xivebench.replay.ordered;

import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;

/** Compares what a recorded run had counted with what is counted anew. */
final class AccountCheck {
  private final RunAccount account;
  private final MachineModel model;
  private final Tally tally;
  private final DivergenceSink sink;

  AccountCheck(RunAccount account, MachineModel model, Tally tally, DivergenceSink sink) {
    this.account = account;
    this.model = model;
    this.tally = tally;
    this.sink = sink;
    model.observeTriggers(account);
  }

  /** An operation was done. */
  void see(TraceEvent operation) {
    account.see(operation);
  }

  /** The recorded run says what became of an interrupt, or what it counted. */
  void compare(TraceEvent event) {
    switch (event.kind()) {
      case SETTLED -> account.settled(event);
      case RUN_EFFORT -> {
        RunEffort effort = account.effort(model.vcpus());
        tally.effort = effort;
        compare(event, TraceField.HYPERCALLS, effort.hypercalls());
        compare(event, TraceField.ESB_ACCESSES, effort.esbAccesses());
        compare(event, TraceField.TIMA_ACCESSES, effort.timaAccesses());
        compare(event, TraceField.QUEUE_ENTRIES, effort.queueEntries());
        compare(event, TraceField.RETRIGGERS, effort.retriggers());
      }
      case RUN_SHARE -> {
        int server = event.getInt(TraceField.SERVER);
        long delivered = account.effort(model.vcpus()).deliveredByServer().get(server);
        compare(event, TraceField.DELIVERED, delivered);
      }
      case RUN_TOTALS -> {
        RunTotals totals = account.totals(RunTotals.of(event));
        tally.totals = totals;
        compare(event, TraceField.TRIGGERED, totals.triggered());
        compare(event, TraceField.DELIVERED, totals.delivered());
        compare(event, TraceField.COALESCED, totals.coalesced());
        compare(event, TraceField.DROPPED, totals.dropped());
      }
      default -> throw new IllegalArgumentException("says nothing of a run: " + event);
    }
  }

  private void compare(TraceEvent event, TraceField field, long got) {
    tally.checked(event.kind());
    if (event.get(field) != got) {
      sink.differs(event, event.get(field) + " " + field.jfrName(), got + " " + field.jfrName());
    }
  }
}
