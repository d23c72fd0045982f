package org.xivebench.sync;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A thread waited for a lock, in a flight recording: its duration is the wait. */
@Name("org.xivebench.LockWait")
@Label("Lock Wait")
@Category({"xivebench", "Locks"})
final class LockWaitEvent extends Event {
  @Label("Lock")
  String lock;

  @Label("Lock Class")
  String lockClass;

  @Label("Held By")
  String heldBy;
}
