package org.xivebench.sync;

/**
 * A lock that the kernel spins on, such as {@code sb->lock}: the holder must not sleep. The model
 * lets a waiter park, because a machine with two processors has better things to do; the name keeps
 * the rule visible.
 */
public final class SpinLock extends Mutex {
  /**
   * @param lockClass the role that it plays
   * @param name of this very lock
   */
  public SpinLock(LockClass lockClass, String name) {
    super(lockClass, name);
  }
}
