package org.xivebench.sync;

/**
 * Two lock classes were taken in both orders, or against their ranks: a deadlock is possible
 * whether or not it happened.
 *
 * @param held the class that was held
 * @param taken the class that was taken while {@code held} was
 * @param thread who did it
 * @param stack where, one frame a line
 * @param earlierThread who took them the other way round, or null if only the ranks forbid this
 *     order
 * @param earlierStack where the other order was first seen, or null
 */
public record LockOrderReport(
    String held,
    String taken,
    String thread,
    String stack,
    String earlierThread,
    String earlierStack) {

  @Override
  public String toString() {
    return "possible deadlock: "
        + thread
        + " takes "
        + taken
        + " while it holds "
        + held
        + (earlierThread == null
            ? ", against the documented order"
            : ", but " + earlierThread + " took them the other way round");
  }
}
