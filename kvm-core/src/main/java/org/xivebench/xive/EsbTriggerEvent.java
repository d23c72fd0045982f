package org.xivebench.xive;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A trigger of a source, in a flight recording. Its duration goes from the trigger to the end of
 * what it caused: the queue entry, and the notification of the vCPU or the escalation.
 */
@Name("org.xivebench.EsbTrigger")
@Label("ESB Trigger")
@Category({"xivebench", "Hardware"})
@StackTrace(false)
final class EsbTriggerEvent extends Event {
  @Label("Source")
  int source;

  @Label("Hardware Number")
  int hwIrq;

  @Label("Result")
  String result;

  void commit(int guestIrq, int number, TriggerResult what) {
    source = guestIrq;
    hwIrq = number;
    result = what.name();
    commit();
  }
}
