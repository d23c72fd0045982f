package org.xivebench.replay.explore.history;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Stage;
import org.xivebench.replay.explore.scenario.StageOptions;
import org.xivebench.xive.Xive;

/** Creating devices and connecting vCPUs: who gets which VP, and what a failure leaves behind. */
final class CreateCases {
  private static final int SERVER = 348;

  /** Packs, with a stride of 8, into the same number as {@link #SERVER}. */
  private static final int COLLIDING_SERVER = 2392;

  private static final int FEW_SERVERS = 8;

  /** Beyond a block of {@link #FEW_SERVERS}, but below that number times the stride. */
  private static final int FAR_SERVER = 9;

  private static final int VMS = 8;

  private CreateCases() {}

  static List<HistoryCase> all() {
    Era v54 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V54);
    Era v55 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V55);
    Era v510 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V510);
    return List.of(
        HistoryCase.of("12ade69c1eb9", "vp-in-use", "Ensure VP isn't already in use")
            .was(
                "Two vCPU ids may be packed into one number, and so share a VP: the second could be"
                    + " connected, its escalation could not be requested, and release took the VP"
                    + " apart twice.")
            .mended("Connect looks for a vCPU with the same VP, and refuses with EEXIST.")
            .before(v54.without(KernelFix.VP_IN_USE))
            .after(v54)
            .shows(sharedVp(), IrqType.XIVE, "two vCPUs share a VP")
            .build(),
        HistoryCase.of("e7d71c943040", "failed-create", "Set kvm->arch.xive when VPs are allocated")
            .was(
                "A device for which there were no VPs stayed the VM's controller: no other could be"
                    + " made again. And a second XICS zeroed the first, live one before it was"
                    + " refused.")
            .mended(
                "The device becomes the controller when nothing can fail any more, and whether there is one is looked at first of all.")
            .before(v54)
            .after(v54.with(KernelFix.LATE_PUBLISH))
            .shows(createWithoutVps(), IrqType.XIVE, "I7:")
            .shows(createWithoutVps(), IrqType.XICS, "I7:")
            .shows(secondCreate(), IrqType.XICS, "the live device has lost its source")
            .build(),
        HistoryCase.of("062cfab7069f", "vp-exhaustion", "Make VP block size configurable")
            .was(
                "Each VM took a VP for every vCPU that it could ever have: a host was full after a"
                    + " few VMs.")
            .mended(
                "The VMM says how many VPs a VM needs, and they are allocated at the first connect.")
            .before(v55.without(KernelFix.VP_BLOCK_SIZE))
            .after(v55)
            .shows(manyVms(), IrqType.XIVE, "has no controller")
            .build(),
        HistoryCase.of("f54db39fbe40", "packed-id", "Fix vCPU id sanity check")
            .was(
                "A VM that had asked for a few VPs could connect a vCPU with an id that is packed"
                    + " beyond them: it got a VP of the next VM, or crashed the firmware.")
            .mended("The packed id is compared.")
            .before(v55)
            .after(v55.with(KernelFix.PACKED_ID))
            .shows(foreignVp(), IrqType.XIVE, "has a VP of another VM")
            .shows(foreignVp(), IrqType.XICS, "has a VP of another VM")
            .build(),
        HistoryCase.of("e8bc24270188", "null-destroy", "Don't null dereference ops->destroy")
            .was(
                "When no descriptor was left for a new device, destroy was called to take it apart;"
                    + " a device with release has none.")
            .mended("A device with release is released.")
            .before(v510)
            .after(v510.with(KernelFix.FD_FAILURE))
            .shows(noDescriptor(), IrqType.XIVE, "null pointer")
            .shows(noDescriptor(), IrqType.XICS, "null pointer")
            .build());
  }

  private static Scenario sharedVp() {
    return Acts.alone(
            "shared-vp",
            stage ->
                Acts.expect(
                    Errno.EEXIST,
                    () -> {
                      stage.connect(stage.file(), stage.vcpu(1));
                      Acts.expect(
                          null,
                          () -> stage.setQueue(stage.file(), COLLIDING_SERVER),
                          "two vCPUs share a VP, and the second has no escalation");
                    },
                    "two vCPUs share a VP"))
        .about("a vCPU is connected whose number is packed as another's")
        .paths(Path.P6)
        .onlyOn(IrqType.XIVE)
        .machine(StageOptions.DEFAULT.withVcpus(SERVER, COLLIDING_SERVER).withConnected(1))
        .build();
  }

  /** A host of its own, with the VPs of one controller: another VM has them. */
  private static Scenario createWithoutVps() {
    return Acts.alone(
            "create-without-vps",
            stage -> {
              Xive small = new Xive.Builder().vpCount(2 * KvmUapi.KVM_MAX_VCPUS).build();
              DeviceFile first = new Vm(stage.vm().config(), small).createDevice(stage.type());
              Vm second = new Vm(stage.vm().config(), small);
              Errno full = stage.isXics() ? Errno.ENOMEM : Errno.ENXIO;
              Acts.expect(full, () -> second.createDevice(stage.type()), "there are no VPs");
              first.close();
              Acts.expect(
                  null,
                  () -> second.createDevice(stage.type()).close(),
                  "I7: a device that was never made is the VM's controller");
            })
        .about("a device is created when the host has no VPs, and again when it has")
        .paths(Path.P11)
        .build();
  }

  private static Scenario secondCreate() {
    return Acts.alone(
            "second-create",
            stage -> {
              Errno refused = Acts.errnoOf(() -> stage.create(stage.type()));
              if (stage.vm().irqLine(Stage.SOURCE, 1) != 0) {
                throw new AssertionError("the live device has lost its source");
              }
              if (refused != Errno.EEXIST) {
                throw new AssertionError("a second device: " + refused);
              }
            })
        .about("a second device is created beside a live one")
        .paths(Path.P11)
        .onlyOn(IrqType.XICS)
        .build();
  }

  private static Scenario manyVms() {
    return Acts.alone(
            "many-vms",
            stage -> {
              Xive host = new Xive.Builder().vpCount(4 * KvmUapi.KVM_MAX_VCPUS).build();
              for (int i = 0; i < VMS; i++) {
                Vm vm = new Vm(stage.vm().config(), host);
                Acts.expect(
                    null, () -> connectOne(vm, stage), "VM " + (i + 1) + " has no controller");
              }
            })
        .about("a host starts one VM after the other, of one vCPU each")
        .paths(Path.P11)
        .onlyOn(IrqType.XIVE)
        .build();
  }

  private static void connectOne(Vm vm, Stage stage) throws ErrnoException {
    DeviceFile made = vm.createDevice(stage.type());
    if (vm.has(KernelFix.VP_BLOCK_SIZE)) {
      Acts.setServerCount(made, FEW_SERVERS);
    }
    stage.connect(made, vm.createVcpu(0));
  }

  private static Scenario foreignVp() {
    return Acts.alone(
            "foreign-vp",
            stage -> {
              Vm neighbour = new Vm(stage.vm().config(), stage.host());
              DeviceFile others = neighbour.createDevice(stage.type());
              Acts.setServerCount(others, FEW_SERVERS);
              stage.connect(others, neighbour.createVcpu(FAR_SERVER % FEW_SERVERS));
              Errno refused = Acts.errnoOf(() -> stage.connect(stage.file(), stage.vcpu(1)));
              if (stage.vcpu(1).camWord() != 0
                  && stage.vcpu(1).camWord() == neighbour.vcpus().get(0).camWord()) {
                throw new AssertionError(stage.vcpu(1) + " has a VP of another VM");
              }
              others.close();
              if (refused != Errno.EINVAL) {
                throw new AssertionError("server " + FAR_SERVER + ": " + refused);
              }
            })
        .about("a vCPU is connected whose number is beyond those that the VM asked for")
        .paths(Path.P6)
        .machine(StageOptions.DEFAULT.withVcpus(0, FAR_SERVER).withConnected(1))
        .build();
  }

  private static Scenario noDescriptor() {
    return Acts.alone(
            "no-descriptor",
            stage -> {
              stage.file().close();
              stage.vm().setFileTableFull(true);
              Acts.expect(Errno.EMFILE, () -> stage.create(stage.type()), "no descriptor is left");
              stage.vm().setFileTableFull(false);
              if (!stage.vm().debugfs().paths().isEmpty()) {
                throw new AssertionError("the debugfs file of a device that is not there");
              }
            })
        .about("a device is created when the process has no descriptor left")
        .paths(Path.P11)
        .build();
  }
}
