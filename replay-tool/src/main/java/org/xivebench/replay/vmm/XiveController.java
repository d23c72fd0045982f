package org.xivebench.replay.vmm;

import org.xivebench.kvm.ErrnoException;

/**
 * What {@code H_INT_*} calls need of a XIVE when their arguments have been checked: the in-kernel
 * device, or the emulated one. An {@link ErrnoException} becomes H_HARDWARE.
 */
interface XiveController extends InterruptController {

  /**
   * An event queue as the guest set it up.
   *
   * @param valid whether it is in use
   * @param alwaysNotify whether every event notifies
   * @param address guest physical; 0 without a queue
   * @param order log2 of its bytes; 0 without a queue
   * @param generation generation bit of the next entry
   * @param index of the next entry
   */
  record Queue(
      boolean valid, boolean alwaysNotify, long address, int order, int generation, int index) {
    static final Queue NONE = new Queue(false, false, 0, 0, 0, 0);
  }

  /** Whether the controller takes queues of that size and place at all; refused: H_P4. */
  boolean canMapQueue(long address, int order);

  /** Routes a source; not called for {@link SourceRoute#RESET}. */
  void setRoute(MachineSource source, SourceRoute route) throws ErrnoException;

  /** Masks a source by priority 0xff. */
  void resetRoute(MachineSource source) throws ErrnoException;

  /** Sets a queue up anew. */
  void setQueue(int server, int priority, boolean alwaysNotify, long address, int order)
      throws ErrnoException;

  /** Disables a queue. */
  void resetQueue(int server, int priority) throws ErrnoException;

  /** Returns a queue. */
  Queue queue(int server, int priority) throws ErrnoException;

  /** Loads 8 bytes for H_INT_ESB, from the management page or, with a larger offset, beyond. */
  long esbLoad(MachineSource source, long offset) throws ErrnoException;

  /** Stores 8 bytes for H_INT_ESB. */
  void esbStore(MachineSource source, long offset, long value) throws ErrnoException;

  /** Waits for events on their way. */
  void sync(MachineSource source) throws ErrnoException;

  /** H_INT_RESET: no queues, and nothing routed. */
  void reset() throws ErrnoException;
}
