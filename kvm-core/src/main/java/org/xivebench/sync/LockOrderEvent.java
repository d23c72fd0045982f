package org.xivebench.sync;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A {@link LockOrderReport} in a flight recording. */
@Name("org.xivebench.LockOrder")
@Label("Lock Order Inversion")
@Category({"xivebench", "Reports"})
final class LockOrderEvent extends Event {
  @Label("Held")
  String held;

  @Label("Taken")
  String taken;

  @Label("Other Thread")
  String earlierThread;

  static void commit(LockOrderReport report) {
    LockOrderEvent event = new LockOrderEvent();
    if (event.isEnabled()) {
      event.held = report.held();
      event.taken = report.taken();
      event.earlierThread = report.earlierThread();
      event.commit();
    }
  }
}
