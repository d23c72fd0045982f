package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.vmm.ControllerObserver;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.InterruptMode;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.xive.CamWord;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.Xive;

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
          case DUAL, SWAPPED -> InterruptMode.DUAL;
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
    if (header.mode() == TraceMode.SWAPPED) {
      return swapped(header);
    }
    return switch (options.irqchip()) {
      case EMULATED -> emulated(header, options.quirks());
      case IN_KERNEL -> inKernel(header, options.deviceTypes());
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

  /** KVM's devices, which come and go by swaps: none at first. */
  private static MachineMaker swapped(TraceHeader header) {
    return new MachineMaker(header) {
      @Override
      Machine machine(ControllerObserver observer) throws ErrnoException {
        return Machine.inKernel(config(Quirks.NONE), new Xive.Builder().build());
      }

      @Override
      GuestAccess access(Machine machine) {
        return new EntryAccess(machine);
      }

      @Override
      boolean isInKernel() {
        return true;
      }
    };
  }

  /** KVM's devices. What they present is seen at the hardware beneath. */
  static MachineMaker inKernel(TraceHeader header, Function<IrqType, DeviceType> types) {
    return new MachineMaker(header) {
      @Override
      Machine machine(ControllerObserver observer) throws ErrnoException {
        Xive host = new Xive.Builder().build();
        Machine machine = Machine.inKernel(config(Quirks.NONE), host, types);
        List<Vcpu> vcpus = machine.vm().vcpus();
        host.setPresentationObserver(
            vp -> {
              for (int cpu = 0; cpu < vcpus.size(); cpu++) {
                int cam = vcpus.get(cpu).camWord();
                if (cam != 0 && CamWord.INDEX.get(cam) == vp) {
                  observer.presented(header.servers().get(cpu));
                }
              }
            });
        return machine;
      }

      @Override
      GuestAccess access(Machine machine) {
        return new EntryAccess(machine);
      }

      @Override
      boolean isInKernel() {
        return true;
      }
    };
  }
}
