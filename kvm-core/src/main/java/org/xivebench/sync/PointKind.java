package org.xivebench.sync;

/**
 * What kind of step a thread is about to take at a point where a {@link Scheduler} may let another
 * thread go first.
 */
public enum PointKind {
  /** A {@link Mutex} or {@link SpinLock} is about to be taken. */
  LOCK,
  /** A lock has been given back. */
  UNLOCK,
  /** A shared word is about to be read. */
  READ,
  /** A shared word is about to be written or changed atomically. */
  WRITE,
  /** A hardware register, page or table is about to be accessed. */
  HARDWARE,
  /** The entry gate is about to be closed, opened or passed. */
  GATE,
  /** A vCPU is about to be kicked out of the guest. */
  KICK,
  /** A thread is about to sleep until a condition holds. */
  WAIT,
  /** Sleepers are about to be woken. */
  WAKE,
  /** A read section is about to be entered or left. */
  SECTION,
  /** An object with a {@link Lifetime} is about to be used. */
  USE,
  /** An object with a {@link Lifetime} is about to be freed. */
  FREE,
  /** A step of a guest, VMM or release protocol that a person wants to see in a schedule. */
  STEP;

  /**
   * Returns whether two such steps on one subject can be exchanged: neither changes it. What else a
   * step accesses it declares with {@link Schedule#reads} and {@link Schedule#writes}.
   */
  public boolean onlyReads() {
    return this == READ || this == USE || this == STEP;
  }
}
