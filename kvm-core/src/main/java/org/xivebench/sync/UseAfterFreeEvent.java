package org.xivebench.sync;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A {@link UseAfterFree} in a flight recording. */
@Name("org.xivebench.UseAfterFree")
@Label("Use After Free")
@Category({"xivebench", "Reports"})
final class UseAfterFreeEvent extends Event {
  @Label("Object")
  String object;

  @Label("Freed By")
  String freedBy;

  @Label("Used By")
  String usedBy;

  static void commit(UseAfterFree report) {
    UseAfterFreeEvent event = new UseAfterFreeEvent();
    if (event.isEnabled()) {
      event.object = report.object();
      event.freedBy = report.freedBy();
      event.usedBy = report.usedBy();
      event.commit();
    }
  }
}
