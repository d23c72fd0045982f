package org.xivebench.replay.engine;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** What a run found wrong, in a flight recording. */
@Name("org.xivebench.Finding")
@Label("Finding")
@Category({"xivebench", "Reports"})
@StackTrace(false)
final class FindingEvent extends Event {
  @Label("What")
  String what;

  static void commit(String what) {
    FindingEvent event = new FindingEvent();
    if (event.isEnabled()) {
      event.what = what;
      event.commit();
    }
  }
}
