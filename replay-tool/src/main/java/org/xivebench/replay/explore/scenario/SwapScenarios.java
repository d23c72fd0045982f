package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.replay.explore.scenario.SwapStage.Machine;

/**
 * The controller is swapped for the other backend's under a running guest: every interrupt arrives
 * once, and whoever uses the old controller meanwhile is kept off it.
 */
final class SwapScenarios {
  private SwapScenarios() {}

  static List<Scenario> all() {
    return List.of(
        traffic(),
        asked(),
        ceded(),
        queued(),
        masked(),
        unmasked(),
        line(),
        ipi(),
        debugfs(),
        oneReg(),
        mapping());
  }

  private static Scenario traffic() {
    return Scenario.named("swap")
        .about("a device interrupts while the controller is swapped")
        .paths(Path.P1, Path.P2, Path.P11, Path.P16)
        .swapCast(
            Machine.EDGE,
            stage -> {
              stage.guest(0);
              stage.actor("injector", stage::trigger);
              stage.swapper();
            })
        .failsUnder(Weakness.without(Step.SWAP_HOLD_INJECTION).shows("source 0x1300: 1 lost"))
        .failsUnder(Weakness.without(Step.SWAP_FLUSH).shows("source 0x1300: 1 lost"))
        .failsUnder(Weakness.without(Step.DRAIN_INJECTION).shows("use after free of END"))
        .build();
  }

  private static Scenario asked() {
    return Scenario.named("swap-asked")
        .about("a vCPU asks for the swap, between two times in the guest, and another has work")
        .paths(Path.P1, Path.P2, Path.P11)
        .swapCast(
            Machine.TWO_VCPUS,
            stage -> {
              stage.trigger();
              stage.guest(0);
              stage.guestThatSwaps(1);
            })
        .failsUnder(Weakness.without(Step.SWAP_WAITING).shows("source 0x1300: 1 lost"))
        .failsUnder(Weakness.without(Step.SWAP_IN_SERVICE).shows("source 0x1300: 1 invented"))
        .failsUnder(Weakness.without(Step.SWAP_STOP_VCPUS).shows("source 0x1300: 1 lost"))
        .build();
  }

  private static Scenario ceded() {
    return Scenario.named("swap-cede")
        .about("a vCPU sleeps in H_CEDE when the controller is swapped, and an interrupt wakes it")
        .paths(Path.P14, Path.P16, Path.P17)
        .swapCast(
            Machine.EDGE,
            stage -> {
              stage.sleepingGuest(0);
              stage.actor(
                  "vmm",
                  () -> {
                    stage.swap();
                    stage.trigger();
                    stage.awaitHandlers();
                    stage.vcpu(0).stop();
                  });
            })
        .failsUnder(Weakness.without(Step.SWAP_STOP_VCPUS).shows("vmm waits for vcpu0->mutex"))
        .build();
  }

  private static Scenario queued() {
    return Scenario.named("swap-queued")
        .about("a source has P and Q set when the controller is swapped: two interrupts come")
        .paths(Path.P1, Path.P2, Path.P11)
        .swapCast(
            Machine.EDGE,
            stage -> {
              stage.trigger();
              stage.trigger();
              stage.guest(0);
              stage.swapper();
            })
        .failsUnder(Weakness.without(Step.SWAP_QUEUED).shows("source 0x1300: 1 lost"))
        .failsUnder(Weakness.without(Step.SWAP_WAITING).shows("source 0x1300: 1 lost"))
        .failsUnder(Weakness.without(Step.SWAP_IN_SERVICE).shows("source 0x1300: 1 invented"))
        .build();
  }

  private static Scenario masked() {
    return Scenario.named("swap-masked")
        .about("the device of a masked source interrupts while the controller is swapped")
        .paths(Path.P11, Path.P16)
        .swapCast(
            Machine.EDGE,
            stage -> {
              stage.mask();
              stage.unmaskNext();
              stage.lateGuest(0);
              stage.actor("device", stage::trigger);
              stage.swapper();
            })
        .failsUnder(Weakness.without(Step.SWAP_FLUSH).shows("source 0x1300: 1 lost"))
        .build();
  }

  private static Scenario unmasked() {
    return Scenario.named("swap-unmask")
        .about(
            "a source with an event that its mask holds back is unmasked about the time of a swap")
        .paths(Path.P11, Path.P15)
        .onlyOn(IrqType.XICS) // a XIVE guest masks by turning the source off: nothing is held back
        .swapCast(
            Machine.EDGE,
            stage -> {
              stage.mask();
              stage.trigger();
              stage.unmaskNext();
              stage.guest(0);
              stage.swapper();
            })
        .failsUnder(Weakness.without(Step.SWAP_WAITING).shows("source 0x1300: 1 lost"))
        .build();
  }

  private static Scenario line() {
    return Scenario.named("swap-line")
        .about("a line goes up again, in service or before, about the time of a swap")
        .paths(Path.P1, Path.P11, Path.P16)
        .swapCast(
            Machine.LINE,
            stage -> {
              stage.raise();
              stage.guest(0);
              stage.actor(
                  "vmm",
                  () -> {
                    stage.raise();
                    stage.swap();
                  });
            })
        .failsUnder(
            Weakness.without(Step.SWAP_LEVEL).on(IrqType.XIVE).shows("source 0x1200: 1 lost"))
        .failsUnder(
            Weakness.without(Step.SWAP_WAITING, Step.SWAP_LEVEL).shows("source 0x1200: 1 lost"))
        .build();
  }

  private static Scenario ipi() {
    return Scenario.named("swap-ipi")
        .about("a vCPU sends another an IPI about the time of a swap")
        .paths(Path.P3, Path.P4, Path.P11)
        .swapCast(
            Machine.TWO_VCPUS,
            stage -> {
              stage.sendIpiNext(1, 0);
              stage.guest(0);
              stage.guestThatSwaps(1);
            })
        .failsUnder(Weakness.without(Step.SWAP_WAITING).shows("IPI of server 0: 1 lost"))
        .build();
  }

  private static Scenario debugfs() {
    return Scenario.named("swap-debugfs")
        .about("somebody slow reads debugfs across a swap")
        .paths(Path.P11, Path.P13)
        .swapCast(
            Machine.EDGE,
            stage -> {
              stage.swapper();
              DeviceFile old = stage.file();
              stage.actor(
                  "reader",
                  () -> {
                    stage.readDebugfs();
                    boolean unusedDone = old.awaitReleased(Long.MAX_VALUE);
                  },
                  Errno.ENOENT,
                  Errno.EIO);
            })
        .failsUnder(Weakness.without(Step.DEBUGFS_REMOVE).shows("use after free of kvm_device"))
        .build();
  }

  private static Scenario oneReg() {
    return Scenario.named("swap-one-reg")
        .about("a one_reg call reads a vCPU's interrupt state across a swap")
        .paths(Path.P5, Path.P11)
        .swapCast(
            Machine.EDGE,
            stage -> {
              stage.swapper();
              stage.actor("one-reg", () -> stage.readRegister(0), Errno.ENXIO, Errno.EPERM);
            })
        .failsUnder(Weakness.without(Step.VCPU_MUTEX).shows("use after free of xc of vcpu0"))
        .build();
  }

  private static Scenario mapping() {
    return Scenario.named("swap-mmap")
        .about("a page is mapped and faulted in across a swap, and keeps the old device")
        .paths(Path.P8, Path.P9, Path.P11)
        .onlyOn(IrqType.XIVE)
        .swapCast(
            Machine.EDGE,
            stage -> {
              stage.swapper();
              DeviceFile old = stage.file();
              stage.actor(
                  "mmap",
                  () -> {
                    DeviceMapping tima = old.mmap(XiveUapi.KVM_XIVE_TIMA_PAGE_OFFSET, 4);
                    IoPage unusedPage = tima.page(2);
                    tima.close();
                  },
                  Errno.EBADF);
            })
        .failsUnder(Weakness.without(Step.FILE_REFERENCES).shows("use after free of kvm_device"))
        .build();
  }
}
