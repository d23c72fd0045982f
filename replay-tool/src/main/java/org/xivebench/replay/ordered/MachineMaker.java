package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.VmConfig;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.vmm.ControllerObserver;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.InterruptMode;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.xive.Quirks;

/** Makes the machine that a trace's header asks for, and the way by which guests reach it. */
abstract class MachineMaker {
  /**
   * A trace does not say how much RAM the guest had; it comes into being where queues are written,
   * so more than any guest has costs nothing but a table of pages.
   */
  private static final long MEMORY_BYTES = 64L << 30;

  private final TraceHeader header;

  MachineMaker(TraceHeader header) {
    this.header = header;
  }

  /**
   * Makes the machine.
   *
   * @throws IllegalArgumentException if there is no such machine
   * @throws ErrnoException what a call to KVM gave
   */
  abstract Machine machine(ControllerObserver observer) throws ErrnoException;

  abstract GuestAccess access(Machine machine);

  abstract boolean isInKernel();

  final TraceHeader header() {
    return header;
  }

  final MachineConfig config(Quirks quirks) {
    List<Integer> lsis = new ArrayList<>();
    List<Integer> msis = new ArrayList<>();
    int ipis = 1;
    for (TraceHeader.Source source : header.sources()) {
      if (!header.isIpi(source.number())) {
        (source.lsi() ? lsis : msis).add(source.number());
      } else if (source.number() >= 0) {
        ipis = Math.max(ipis, source.number() + 1);
      }
    }
    for (int server : header.servers()) {
      ipis = Math.max(ipis, server + 1);
    }
    InterruptMode mode =
        switch (header.mode()) {
          case XIVE -> InterruptMode.XIVE;
          case XICS -> InterruptMode.XICS;
          case DUAL -> InterruptMode.DUAL;
        };
    return new MachineConfig(
        header.servers(),
        InterruptMap.of(ipis, lsis, msis),
        mode,
        VmConfig.DEFAULT.withMemoryBytes(MEMORY_BYTES),
        quirks);
  }

  /** The maker for a run's options. */
  static MachineMaker of(TraceHeader header, OrderedOptions options) {
    return switch (options.irqchip()) {
      case EMULATED -> emulated(header, options.quirks());
      case IN_KERNEL -> throw new IllegalArgumentException("in-kernel: not yet");
    };
  }

  /** Controllers of the VMM's own. */
  static MachineMaker emulated(TraceHeader header, Quirks quirks) {
    return new MachineMaker(header) {
      @Override
      Machine machine(ControllerObserver observer) {
        return Machine.emulated(config(quirks), observer);
      }

      @Override
      GuestAccess access(Machine machine) {
        return new ExitAccess(machine);
      }

      @Override
      boolean isInKernel() {
        return false;
      }
    };
  }
}
