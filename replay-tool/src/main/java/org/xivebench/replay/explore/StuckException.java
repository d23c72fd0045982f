package org.xivebench.replay.explore;

import java.util.List;
import java.util.stream.Collectors;

/** Nobody can go on, but not everybody has ended: a deadlock, or a wake-up that nobody gives. */
public final class StuckException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Waiter> waiters;

  /**
   * Who cannot go on.
   *
   * @param actor its index
   * @param name its name
   * @param object what it waits for
   * @param holder if that is a lock that an actor holds, the index of that one; else -1
   */
  public record Waiter(int actor, String name, Object object, int holder) {
    @Override
    public String toString() {
      return name + " waits for " + object;
    }
  }

  StuckException(String why, List<Waiter> waiters) {
    super(why + waiters.stream().map(Waiter::toString).collect(Collectors.joining(", ")));
    this.waiters = List.copyOf(waiters);
  }

  /** Returns all that wait, in the order of their columns. */
  public List<Waiter> waiters() {
    return waiters;
  }
}
