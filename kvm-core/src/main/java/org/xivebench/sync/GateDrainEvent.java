package org.xivebench.sync;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A vCPU that was inside a gate that was closed has left, in a flight recording. */
@Name("org.xivebench.GateDrain")
@Label("Gate Drain")
@Category({"xivebench", "Swap"})
@StackTrace(false)
final class GateDrainEvent extends Event {
  @Label("vCPU")
  String vcpu;

  @Label("Time Since the Gate Was Closed")
  @Timespan
  long sinceClosed;

  static void commit(EntryGate.Slot slot, long sinceClosedNanos) {
    GateDrainEvent event = new GateDrainEvent();
    if (event.shouldCommit()) {
      event.vcpu = slot.toString();
      event.sinceClosed = sinceClosedNanos;
      event.commit();
    }
  }
}
