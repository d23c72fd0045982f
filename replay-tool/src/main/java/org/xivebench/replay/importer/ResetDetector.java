package org.xivebench.replay.importer;

/**
 * Finds machine resets, which QEMU 7.2 and 10 do not trace: the VMM's main thread, which writes the
 * first line of a log, resets the VIO devices one after the other and then the interrupt
 * controller. The guest frees the queues of such devices too, but from its vCPUs' threads.
 */
final class ResetDetector {
  private boolean started;
  private long mainThread;
  private boolean resetting;
  private boolean over;

  /** Looks at an event. */
  void see(QemuLogReader log) {
    if (!started) {
      started = true;
      mainThread = log.thread();
    }
    boolean devices = log.event() == QemuEvent.VIO_FREE_CRQ && log.thread() == mainThread;
    over = resetting && !devices && log.event() != QemuEvent.IRQ_SET_EXIT;
    resetting = devices || (resetting && !over);
  }

  /** Whether the event that was looked at last is the first after a reset. */
  boolean isOver() {
    return over;
  }

  /**
   * Looks at a hypercall, which no vCPU makes during a reset; whether it is the first after one.
   */
  boolean endsAtHypercall() {
    boolean ends = resetting;
    resetting = false;
    return ends;
  }
}
