package org.xivebench.sync;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A thread held a lock, in a flight recording: its duration is the hold. Every hold that is long
 * enough for the recording's threshold is one event, so that percentiles are of all of them.
 */
@Name("org.xivebench.LockHold")
@Label("Lock Hold")
@Category({"xivebench", "Locks"})
@StackTrace(false)
final class LockHoldEvent extends Event {
  @Label("Lock")
  String lock;

  @Label("Lock Class")
  String lockClass;

  /**
   * The event of a hold that begins now; null unless holds are recorded. The event that is asked
   * does not leave this method, so that the compiler never makes it: nothing is allocated then.
   * Without a flight recorder this class's methods must not be called: to initialize an event class
   * makes the JDK read the metadata of all its events, a third of a second. So says {@link Mutex}.
   */
  static LockHoldEvent begun() {
    if (!new LockHoldEvent().isEnabled()) {
      return null;
    }
    LockHoldEvent event = new LockHoldEvent();
    event.begin();
    return event;
  }

  /** Records the hold, whose end has been taken, once the lock is given back. */
  void commit(Mutex mutex) {
    if (shouldCommit()) {
      lock = mutex.toString();
      lockClass = mutex.lockClass().name();
      commit();
    }
  }
}
