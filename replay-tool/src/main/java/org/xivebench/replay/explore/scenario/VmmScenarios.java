package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.XiveUapi;

/** What a VMM and the host's administrator do: one_reg, creation, debugfs. */
final class VmmScenarios {
  private VmmScenarios() {}

  static List<Scenario> all() {
    return List.of(
        oneReg(),
        oneRegSet(),
        connect(),
        attributes(),
        mmap(),
        releaseTwice(),
        reset(),
        debugfs(),
        slowDebugfs(),
        reCreate(),
        reCreateOther(),
        destroy());
  }

  private static Scenario oneReg() {
    return Scenario.named("one-reg")
        .about("a one_reg call reads a vCPU's interrupt state")
        .paths(Path.P5)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("one-reg", () -> stage.readRegister(stage.vcpu(0)), Errno.ENXIO);
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of xc of vcpu0"))
        .failsUnder(Weakness.without(Step.VCPU_MUTEX).shows("use after free of xc of vcpu0"))
        .build();
  }

  private static Scenario debugfs() {
    return Scenario.named("debugfs")
        .about("somebody reads the debugfs file")
        .paths(Path.P13)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("reader", stage::readDebugfs, Errno.ENOENT, Errno.EIO);
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of"))
        .failsUnder(Weakness.without(Step.DEBUGFS_REMOVE).shows("use after free of"))
        .failsUnder(Weakness.without(Step.REOPEN).shows("the gate was left closed"))
        .build();
  }

  private static Scenario reCreate() {
    return Scenario.named("re-create")
        .about("the VMM makes the next device at once")
        .paths(Path.P11)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("creator", () -> stage.connectNew(stage.type()), Errno.EEXIST);
            })
        .failsUnder(Weakness.without(Step.VM_LOCK).on(IrqType.XIVE).shows("GET_VP_INFO"))
        .failsUnder(
            Weakness.without(Step.DETACH).shows("I7: the VM has a controller, but no device"))
        .failsUnder(
            Weakness.of(ReleaseProtocol.GATED)
                .kernel(KernelVersion.SEED)
                .on(IrqType.XICS)
                .shows("VP blocks were leaked"))
        .build();
  }

  private static Scenario oneRegSet() {
    return Scenario.named("one-reg-set")
        .about("a one_reg call writes a vCPU's interrupt state, an IPI in it")
        .paths(Path.P5)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor(
                  "one-reg",
                  () -> stage.writeRegister(stage.vcpu(0), stage.pendingState()),
                  Errno.ENXIO);
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of xc of vcpu0"))
        .failsUnder(Weakness.without(Step.VCPU_MUTEX).shows("use after free of xc of vcpu0"))
        .build();
  }

  private static Scenario connect() {
    return Scenario.named("connect")
        .about("a vCPU is being connected when the descriptor is closed")
        .paths(Path.P6)
        .machine(StageOptions.DEFAULT.withConnected(1))
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("connect", () -> stage.connect(stage.file(), stage.vcpu(1)), Errno.EBADF);
            })
        .failsUnder(Weakness.without(Step.FILE_REFERENCES).shows("use after free of xc of vcpu0"))
        .build();
  }

  private static Scenario attributes() {
    return Scenario.named("attributes")
        .about("attributes are asked for, set and read when the descriptor is closed")
        .paths(Path.P7)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("attributes", () -> stage.setUpSource(stage.file()), Errno.EBADF);
              stage.actor("reader", stage::readAttributes, Errno.EBADF);
            })
        .failsUnder(
            Weakness.without(Step.FILE_REFERENCES)
                .on(IrqType.XICS)
                .shows("use after free of source block"))
        .failsUnder(
            Weakness.without(Step.FILE_REFERENCES)
                .on(IrqType.XIVE)
                .shows("not an answer for a device that goes"))
        .build();
  }

  private static Scenario mmap() {
    return Scenario.named("mmap")
        .about("a page is mapped and faulted in when the descriptor is closed")
        .paths(Path.P8, Path.P9)
        .onlyOn(IrqType.XIVE)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor(
                  "mmap",
                  () -> {
                    DeviceMapping mapping =
                        stage.file().mmap(XiveUapi.KVM_XIVE_TIMA_PAGE_OFFSET, 4);
                    IoPage unusedPage = mapping.page(2);
                    mapping.close();
                  },
                  Errno.EBADF);
            })
        .failsUnder(Weakness.without(Step.FILE_REFERENCES).shows("use after free of kvm_device"))
        .build();
  }

  private static Scenario releaseTwice() {
    return Scenario.named("release-twice")
        .about("two threads close the descriptor, and a call is in progress")
        .paths(Path.P10)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("closer", () -> stage.file().close());
              stage.actor("attributes", stage::readAttributes, Errno.EBADF);
            })
        .failsUnder(
            Weakness.without(Step.FILE_REFERENCES)
                .on(IrqType.XICS)
                .shows("use after free of source block"))
        .failsUnder(
            Weakness.without(Step.FILE_REFERENCES)
                .on(IrqType.XIVE)
                .shows("not an answer for a device that goes"))
        .build();
  }

  private static Scenario reset() {
    return Scenario.named("reset")
        .about("the VMM resets the device and waits for its queues, which visits all vCPUs")
        .paths(Path.P7, Path.P20)
        .onlyOn(IrqType.XIVE)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor(
                  "reset",
                  () -> {
                    stage.control(XiveUapi.KVM_DEV_XIVE_RESET);
                    stage.control(XiveUapi.KVM_DEV_XIVE_EQ_SYNC);
                  },
                  Errno.EBADF);
            })
        .failsUnder(Weakness.without(Step.FILE_REFERENCES).shows("use after free of source block"))
        .build();
  }

  private static Scenario slowDebugfs() {
    return Scenario.named("debugfs-slow")
        .about("a debugfs reader takes its text away only after the device has gone")
        .paths(Path.P13)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor(
                  "reader",
                  () -> {
                    stage.readDebugfs();
                    boolean unusedDone = stage.file().awaitReleased(Long.MAX_VALUE);
                  },
                  Errno.ENOENT,
                  Errno.EIO);
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of xc"))
        .failsUnder(Weakness.without(Step.DEBUGFS_REMOVE).shows("use after free of kvm_device"))
        .build();
  }

  private static Scenario reCreateOther() {
    return Scenario.named("re-create-other")
        .about("the VMM changes the mode: it makes a device of the other type at once")
        .paths(Path.P11)
        .withOtherBackend()
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("creator", () -> stage.connectNew(stage.other()), Errno.EEXIST);
            })
        .failsUnder(
            Weakness.without(Step.DETACH).shows("I7: the VM has a controller, but no device"))
        .build();
  }

  private static Scenario destroy() {
    return Scenario.named("vm-destroy")
        .about("the VMM closes the VM and its vCPUs while the device file is still open")
        .paths(Path.P18)
        .cast(
            stage -> {
              stage.releaser();
              stage.vmGoes();
              stage.actor("vmm", () -> stage.vm().close());
              stage.actor("attributes", stage::readAttributes, Errno.EBADF);
            })
        .failsUnder(
            Weakness.without(Step.FILE_REFERENCES)
                .on(IrqType.XICS)
                .shows("use after free of source block"))
        .failsUnder(
            Weakness.without(Step.FILE_REFERENCES)
                .on(IrqType.XIVE)
                .shows("not an answer for a device that goes"))
        .build();
  }
}
