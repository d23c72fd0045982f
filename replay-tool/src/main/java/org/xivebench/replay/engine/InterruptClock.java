package org.xivebench.replay.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The times of one source's interrupts, or of the IPIs of one server, for a flight recording. Of
 * several triggers that are not delivered yet the first counts.
 */
final class InterruptClock {
  private static final long NONE = 0;

  /** What a delivery is told with, as the controller is now. */
  @FunctionalInterface
  interface Surroundings {
    /** Fills in priority and backend. */
    void describe(InterruptEvent event, int server, boolean ipi);
  }

  private final int source;
  private final String kind;
  private final Surroundings surroundings;
  private final AtomicLong triggered = new AtomicLong(NONE);
  private volatile long notified = NONE;
  private final Map<Integer, InterruptEvent> handling = new ConcurrentHashMap<>();

  /**
   * @param source its number; of IPIs the server's
   * @param kind MSI, LSI or IPI
   */
  InterruptClock(int source, String kind, Surroundings surroundings) {
    this.source = source;
    this.kind = kind;
    this.surroundings = surroundings;
  }

  void triggered() {
    boolean unusedFirst = triggered.compareAndSet(NONE, now());
  }

  /** An event of it is in its queue, after an EOI that triggered again too. */
  void notified() {
    long now = now();
    boolean unusedFirst = triggered.compareAndSet(NONE, now);
    notified = now;
  }

  void delivered(int server) {
    InterruptEvent event = new InterruptEvent();
    if (!event.isEnabled()) {
      return;
    }
    long since = triggered.getAndSet(NONE);
    event.source = source;
    event.kind = kind;
    event.server = server;
    surroundings.describe(event, server, kind.equals("IPI"));
    if (since != NONE) {
      event.toNotification = Math.max(notified - since, 0);
      event.toDelivery = now() - since;
    }
    event.begin();
    handling.put(server, event);
  }

  void ended(int server) {
    InterruptEvent event = handling.remove(server);
    if (event != null) {
      event.end();
      event.commit();
    }
  }

  private static long now() {
    long nanos = System.nanoTime();
    return nanos == NONE ? 1 : nanos;
  }
}
