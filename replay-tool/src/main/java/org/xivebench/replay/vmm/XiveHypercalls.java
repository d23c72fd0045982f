package org.xivebench.replay.vmm;

import static org.xivebench.kvm.uapi.Hcall.H_FUNCTION;
import static org.xivebench.kvm.uapi.Hcall.H_HARDWARE;
import static org.xivebench.kvm.uapi.Hcall.H_P2;
import static org.xivebench.kvm.uapi.Hcall.H_P3;
import static org.xivebench.kvm.uapi.Hcall.H_P4;
import static org.xivebench.kvm.uapi.Hcall.H_P5;
import static org.xivebench.kvm.uapi.Hcall.H_PARAMETER;
import static org.xivebench.kvm.uapi.Hcall.H_SUCCESS;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.Quirk;
import org.xivebench.xive.Quirks;

/**
 * The {@code H_INT_*} hypercalls: checks of the arguments, in their order and with their codes,
 * over a {@link XiveController}. Routing is kept here, as QEMU keeps it: the in-kernel device
 * cannot be asked for it.
 *
 * <p>Source: PAPR 14.11.7; the order as QEMU 7.2 answers.
 */
final class XiveHypercalls {
  /** Priorities from here on belong to the hypervisor. */
  private static final int RESERVED_PRIORITY = 7;

  private static final long MASKED_PRIORITY = 0xff;

  private static final long SET_EISN = 2;
  private static final long MASK = 1;
  private static final long ALWAYS_NOTIFY = 1;
  private static final long DEBUG = 1;
  private static final long STORE = 1;

  private static final long INFO_H_INT_ESB = 8;
  private static final long INFO_LSI = 4;

  private static final long NO_ADDRESS = -1L;
  private static final int EISN_MASK = 0x7fff_ffff;

  /** What QEMU 7.2 makes of the target of a queue that was never set up: -0x400 in 32 bits. */
  private static final long UNCONFIGURED_TARGET = 0xffff_fc00L;

  private final InterruptMap interrupts;
  private final IntPredicate isServer;
  private final XiveController controller;
  private final Quirks quirks;
  private final Map<Integer, SourceRoute> routes = new HashMap<>();

  /**
   * @param isServer whether a vCPU has the server number
   * @param quirks of the calls; those of the hardware are the controller's business
   */
  XiveHypercalls(
      InterruptMap interrupts, IntPredicate isServer, XiveController controller, Quirks quirks) {
    this.interrupts = interrupts;
    this.isServer = isServer;
    this.controller = controller;
    this.quirks = quirks;
  }

  /** Returns where a source is routed. */
  SourceRoute route(int number) {
    return routes.getOrDefault(number, SourceRoute.RESET);
  }

  /** A number changed hands: what is left of its route is masked. */
  void forget(int number) {
    routes.computeIfPresent(number, (key, route) -> route.withMasked(true));
  }

  /** Serves one of the calls. */
  long call(Vcpu vcpu, int opcode) {
    long r4 = vcpu.gpr(4);
    long r5 = vcpu.gpr(5);
    long r6 = vcpu.gpr(6);
    long r7 = vcpu.gpr(7);
    long r8 = vcpu.gpr(8);
    try {
      return switch (opcode) {
        case Hcall.H_INT_GET_SOURCE_INFO -> getSourceInfo(vcpu, r4, r5);
        case Hcall.H_INT_SET_SOURCE_CONFIG -> setSourceConfig(r4, r5, r6, r7, r8);
        case Hcall.H_INT_GET_SOURCE_CONFIG -> getSourceConfig(vcpu, r4, r5);
        case Hcall.H_INT_GET_QUEUE_INFO -> getQueueInfo(vcpu, r4, r5, r6);
        case Hcall.H_INT_SET_QUEUE_CONFIG -> setQueueConfig(r4, r5, r6, r7, r8);
        case Hcall.H_INT_GET_QUEUE_CONFIG -> getQueueConfig(vcpu, r4, r5, r6);
        case Hcall.H_INT_ESB -> esb(vcpu, r4, r5, r6, r7);
        case Hcall.H_INT_SYNC -> sync(r4, r5);
        case Hcall.H_INT_RESET -> reset(r4);
        default -> H_FUNCTION; // reporting lines are not there, whatever the arguments
      };
    } catch (ErrnoException e) {
      return H_HARDWARE;
    }
  }

  private long getSourceInfo(Vcpu vcpu, long flags, long lisn) {
    if (flags != 0) {
      return H_PARAMETER;
    }
    MachineSource source = interrupts.claimed(lisn);
    if (source == null) {
      return H_P2;
    }
    boolean lsi = source.isLsi();
    vcpu.setGpr(4, lsi ? INFO_H_INT_ESB | INFO_LSI : 0);
    vcpu.setGpr(5, lsi ? NO_ADDRESS : AddressMap.managementPage(source.number()));
    vcpu.setGpr(6, lsi ? NO_ADDRESS : AddressMap.triggerPage(source.number()));
    vcpu.setGpr(7, AddressMap.PAGE_SHIFT);
    return H_SUCCESS;
  }

  private long setSourceConfig(long flags, long lisn, long target, long priority, long eisn)
      throws ErrnoException {
    if ((flags & ~(SET_EISN | MASK)) != 0) {
      return H_PARAMETER;
    }
    MachineSource source = interrupts.claimed(lisn);
    if (source == null) {
      return H_P2;
    }
    if (priority == MASKED_PRIORITY) {
      controller.resetRoute(source);
      routes.remove(source.number());
      return H_SUCCESS;
    }
    if (isReserved(priority)) {
      return H_P4;
    }
    if (isUnknown(target)) {
      return H_P3;
    }
    SourceRoute route =
        new SourceRoute(
            (flags & MASK) != 0,
            false,
            (int) target,
            (int) priority & 0xff,
            (flags & SET_EISN) != 0 ? (int) eisn & EISN_MASK : route(source.number()).eisn());
    controller.setRoute(source, route);
    routes.put(source.number(), route);
    return H_SUCCESS;
  }

  private long getSourceConfig(Vcpu vcpu, long flags, long lisn) throws ErrnoException {
    if (flags != 0) {
      return H_PARAMETER;
    }
    MachineSource source = interrupts.claimed(lisn);
    if (source == null) {
      return H_P2;
    }
    SourceRoute route = route(source.number());
    long target = route.server();
    long priority = route.priority();
    if (quirks.has(Quirk.TARGET_OF_UNCONFIGURED_QUEUE)
        && !(isServer.test(route.server())
            && controller.queue(route.server(), route.priority()).valid())) {
      target = UNCONFIGURED_TARGET;
      priority = 0;
    }
    vcpu.setGpr(4, target);
    vcpu.setGpr(5, route.masked() ? MASKED_PRIORITY : priority);
    vcpu.setGpr(6, route.eisn());
    return H_SUCCESS;
  }

  private long getQueueInfo(Vcpu vcpu, long flags, long target, long priority)
      throws ErrnoException {
    if (flags != 0) {
      return H_PARAMETER;
    }
    if (isReserved(priority)) {
      return H_P3;
    }
    if (isUnknown(target)) {
      return H_P2;
    }
    int server = (int) target;
    int level = (int) priority & 0xff;
    vcpu.setGpr(4, AddressMap.endPages(server, level));
    vcpu.setGpr(5, controller.queue(server, level).order());
    return H_SUCCESS;
  }

  private long setQueueConfig(long flags, long target, long priority, long address, long order)
      throws ErrnoException {
    if ((flags & ~ALWAYS_NOTIFY) != 0) {
      return H_PARAMETER;
    }
    if (isReserved(priority)) {
      return H_P3;
    }
    if (isUnknown(target)) {
      return H_P2;
    }
    int server = (int) target;
    int level = (int) priority & 0xff;
    if (order == 0) {
      controller.resetQueue(server, level);
      return H_SUCCESS;
    }
    if (order != 12 && order != 16 && order != 21 && order != 24) {
      return H_P5;
    }
    if ((address & ((1L << order) - 1)) != 0 || !controller.canMapQueue(address, (int) order)) {
      return H_P4;
    }
    controller.setQueue(server, level, (flags & ALWAYS_NOTIFY) != 0, address, (int) order);
    return H_SUCCESS;
  }

  private long getQueueConfig(Vcpu vcpu, long flags, long target, long priority)
      throws ErrnoException {
    if ((flags & ~DEBUG) != 0) {
      return H_PARAMETER;
    }
    if (isReserved(priority)) {
      return H_P3;
    }
    if (isUnknown(target)) {
      return H_P2;
    }
    XiveController.Queue queue = controller.queue((int) target, (int) priority & 0xff);
    boolean debug = (flags & DEBUG) != 0;
    long generation = debug ? (long) queue.generation() << 62 : 0;
    vcpu.setGpr(4, (queue.alwaysNotify() ? ALWAYS_NOTIFY : 0) | generation);
    vcpu.setGpr(5, queue.address());
    vcpu.setGpr(6, queue.order());
    vcpu.setGpr(7, debug ? queue.index() : 0);
    return H_SUCCESS;
  }

  private long esb(Vcpu vcpu, long flags, long lisn, long offset, long data) throws ErrnoException {
    if ((flags & ~STORE) != 0) {
      return H_PARAMETER;
    }
    MachineSource source = interrupts.claimed(lisn);
    if (source == null) {
      return H_P2;
    }
    long last =
        quirks.has(Quirk.H_INT_ESB_BEYOND_PAGE)
            ? 1L << AddressMap.PAIR_SHIFT
            : (1L << AddressMap.PAGE_SHIFT) - 1;
    if (Long.compareUnsigned(offset, last) > 0) {
      return H_P3;
    }
    long result = -1;
    if ((flags & STORE) != 0) {
      controller.esbStore(source, offset, data);
    } else {
      result = controller.esbLoad(source, offset);
      if (quirks.has(Quirk.H_INT_ESB_BYTE_SWAP)) {
        result = Long.reverseBytes(result);
      }
    }
    vcpu.setGpr(4, result);
    return H_SUCCESS;
  }

  private long sync(long flags, long lisn) throws ErrnoException {
    if (flags != 0) {
      return H_PARAMETER;
    }
    MachineSource source = interrupts.claimed(lisn);
    if (source == null) {
      return H_P2;
    }
    controller.sync(source);
    return H_SUCCESS;
  }

  private long reset(long flags) throws ErrnoException {
    if (flags != 0) {
      return H_PARAMETER;
    }
    if (!quirks.has(Quirk.RESET_NO_EFFECT)) {
      controller.reset();
      routes.clear();
    }
    return H_SUCCESS;
  }

  private boolean isReserved(long priority) {
    long checked = quirks.has(Quirk.TRUNCATED_ARGUMENT) ? priority & 0xff : priority;
    return Long.compareUnsigned(checked, RESERVED_PRIORITY) >= 0;
  }

  private boolean isUnknown(long target) {
    boolean fits = target == (target & 0x7fff_ffffL) || quirks.has(Quirk.TRUNCATED_ARGUMENT);
    return !fits || !isServer.test((int) target);
  }
}
