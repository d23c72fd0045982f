package org.xivebench.sync;

import java.util.Objects;

/**
 * What lockdep calls a lock class: all locks that play one role, such as the {@code vcpu->mutex} of
 * every vCPU. The order in which classes may nest is documented by {@code rank}; {@link Lockdep}
 * learns the order that the program really uses and reports the first inversion.
 *
 * @param name as people write it, for instance {@code vcpu->mutex}
 * @param rank outer locks have lower ranks; a lock may be taken only while all held ones rank lower
 *     (or, of a {@code nestable} class, equal)
 * @param nestable whether two locks of this class may be held by one thread
 */
public record LockClass(String name, int rank, boolean nestable) {
  public LockClass {
    Objects.requireNonNull(name);
  }

  /** A class of which a thread holds at most one lock at a time. */
  public static LockClass of(String name, int rank) {
    return new LockClass(name, rank, false);
  }

  @Override
  public String toString() {
    return name;
  }
}
