package org.xivebench.kvm.device;

import java.util.List;
import java.util.function.IntConsumer;
import org.xivebench.kvm.IrqType;

/**
 * What a guest's interrupt driver and its VMM know that no controller does: needed to save and
 * restore interrupt state. Called only while every vCPU is outside the guest.
 */
public interface GuestContext {

  /** Returns every source but the IPIs. */
  List<GuestSource> sources();

  /**
   * A source as the guest has configured it.
   *
   * @param number guest interrupt number, the same in all modes
   * @param lsi whether it is level-sensitive
   * @param asserted whether its line is up
   * @param masked whether the guest has masked it, or has never configured it
   * @param server where the guest routed it
   * @param priority as it numbers priorities in the present mode
   * @param eisn what it wants to find in its queue, in XIVE mode
   */
  record GuestSource(
      int number,
      boolean lsi,
      boolean asserted,
      boolean masked,
      int server,
      int priority,
      int eisn) {}

  /** Returns the servers, one for each vCPU, in the order of the vCPUs. */
  int[] servers();

  /** Returns the source by which a server gets its IPIs in XIVE mode. */
  int ipiSource(int server);

  /** Returns the priority of IPIs in a mode. */
  int ipiPriority(IrqType mode);

  /** Returns how a priority of one mode is numbered in another: by rank. */
  int translatePriority(IrqType from, IrqType to, int priority);

  /** Returns whether the guest has accepted an interrupt of a source and owes its EOI. */
  boolean isInService(int source);

  /** Returns whether the guest has accepted an IPI of a server and owes its EOI. */
  boolean isIpiInService(int server);

  /**
   * Returns the CPPR that the driver needs on a server in a mode: 0xff, or that of the interrupt
   * that it handles.
   */
  int cppr(int server, IrqType mode);

  /** Returns the event queue that the guest has for a server in XIVE mode. */
  EventQueue eventQueue(int server);

  /**
   * An event queue in guest memory.
   *
   * @param priority that it is for
   * @param address guest physical
   * @param order log2 of its bytes
   */
  record EventQueue(int priority, long address, int order) {}

  /**
   * Tells, in order, the EISN of every entry that the guest has not read yet from a server's event
   * queue.
   */
  void forEachUnread(int server, IntConsumer eisn);

  /**
   * The controller has gone, and another mode begins: the driver zeroes its queues, begins to read
   * them at the start, and forgets what it had acknowledged but not taken, which will be presented
   * again.
   */
  void enterMode(IrqType mode);
}
