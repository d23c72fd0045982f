package org.xivebench.replay.engine;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * An interrupt that a guest handled, in a flight recording. Its duration is the handler's, to the
 * EOI; the other times count back from the beginning.
 */
@Name("org.xivebench.Interrupt")
@Label("Interrupt")
@Category({"xivebench", "Guest"})
@StackTrace(false)
final class InterruptEvent extends Event {
  @Label("Source")
  int source;

  @Label("Kind")
  String kind;

  @Label("Server")
  int server;

  @Label("Priority")
  int priority;

  @Label("Backend")
  String backend;

  /** From the trigger until the event was in its queue and its vCPU notified; 0 if not known. */
  @Label("Trigger to Notification")
  @Timespan
  long toNotification;

  /** From the trigger until the handler began; 0 if not known. */
  @Label("Trigger to Delivery")
  @Timespan
  long toDelivery;
}
