package org.xivebench.sync;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** An {@link InvariantReport} in a flight recording. */
@Name("org.xivebench.BrokenInvariant")
@Label("Broken Invariant")
@Category({"xivebench", "Reports"})
final class InvariantEvent extends Event {
  @Label("Invariant")
  String invariant;

  @Label("What Was Seen")
  String what;

  static void commit(InvariantReport report) {
    InvariantEvent event = new InvariantEvent();
    if (event.isEnabled()) {
      event.invariant = report.invariant();
      event.what = report.what();
      event.commit();
    }
  }
}
