package org.xivebench.sync;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A vCPU found the entry gate closed, in a flight recording: its duration is the wait outside. */
@Name("org.xivebench.GateWait")
@Label("Gate Wait")
@Category({"xivebench", "Swap"})
@StackTrace(false)
final class GateWaitEvent extends Event {
  @Label("vCPU")
  String vcpu;
}
