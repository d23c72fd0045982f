package org.xivebench.replay.guest;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the guest knows of one source. Changed by the vCPU that holds the lock; read by a swap when
 * every vCPU is outside.
 */
final class IrqDescriptor {
  final int number;
  final boolean lsi;

  /** Its line, as the VMM drives it. */
  volatile boolean asserted;

  volatile int server;
  volatile boolean masked = true;

  /** XIVE: P was set when the source was masked, and its interrupt has not been ended since. */
  volatile boolean savedP;

  private final AtomicBoolean locked = new AtomicBoolean();

  IrqDescriptor(int number, boolean lsi) {
    this.number = number;
    this.lsi = lsi;
  }

  /** Takes the descriptor's lock, if nobody has it. Who does not get it lets its vCPU be kicked. */
  boolean tryLock() {
    return locked.compareAndSet(false, true);
  }

  void unlock() {
    locked.set(false);
  }
}
