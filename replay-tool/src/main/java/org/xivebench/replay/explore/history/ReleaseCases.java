package org.xivebench.replay.explore.history;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Stage;

/** April and May 2019: the races that the release protocol was made for. */
final class ReleaseCases {
  /** What kernels before v5.4 had: 237aed48c642. */
  private static final String STUCK = "free_irq waits for";

  private ReleaseCases() {}

  static List<HistoryCase> all() {
    Era seed = Era.of(ReleaseProtocol.SEED, KernelVersion.SEED);
    Era v52 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V52);
    return List.of(
        HistoryCase.of("6f868405faf0", "release-races", "Prevent races when releasing device")
            .was(
                "Release freed what running vCPUs, one_reg calls and debugfs readers were using."
                    + " After it other things go wrong, that its successors mended: a stale CAM word"
                    + " is pushed, and the gate can deadlock.")
            .mended(
                "debugfs goes first, mmu_ready keeps vCPUs out of the guest, vcpu->mutex is held around each clean-up.")
            .before(Era.of(ReleaseProtocol.UNPROTECTED, KernelVersion.PRE))
            .after(seed)
            .shows(oneReg(), IrqType.XIVE, "use after free of xc of vcpu0", STUCK)
            .shows(oneReg(), IrqType.XICS, "use after free of xc of vcpu0", STUCK)
            .shows(debugfs(), IrqType.XIVE, "use after free of xc of vcpu", STUCK)
            .shows(debugfs(), IrqType.XICS, "use after free of xc of vcpu", STUCK)
            .shows(
                hypercall(),
                IrqType.XICS,
                "use after free of xc of vcpu",
                "waits for",
                "use after free of VP",
                STUCK)
            .shows(inGuest(), IrqType.XIVE, "I1:", "waits for", "use after free of VP", STUCK)
            .build(),
        HistoryCase.of(
                "0caecf5b0019",
                "escalation-pointers",
                "Clear escalation interrupt pointers on device close")
            .was(
                "A vCPU kept the address of its escalation's ESB page after release had disposed"
                    + " the mapping; its next H_CEDE armed the escalation there.")
            .mended("Clean-up masks the escalation and clears its address, with vcpu->mutex held.")
            .before(seed)
            .after(seed.with(Step.CLEAR_ESCALATION))
            .shows(cedeAfterRelease(), IrqType.XICS, "use after free of mapping of the ESe", STUCK)
            .shows(cedeAfterRelease(), IrqType.XIVE, "use after free of mapping of the ESe", STUCK)
            .build(),
        HistoryCase.of(null, "file-mapping", "Clear file mapping when device is released")
            .was(
                "The device kept the address space of its file, through which set_mapped takes ESB"
                    + " pages from the guest, after the file had gone.")
            .mended("The first step of release clears the pointer, under its lock.")
            .before(v52.without(Step.CLEAR_MAPPING))
            .after(v52)
            .shows(mapped(), IrqType.XIVE, "mapping:", STUCK)
            .build());
  }

  private static Scenario oneReg() {
    return Scenario.named("one-reg")
        .about("a one_reg call, beside release")
        .paths(Path.P5)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("one-reg", () -> stage.readRegister(stage.vcpu(0)), Errno.ENXIO);
            })
        .build();
  }

  private static Scenario debugfs() {
    return Scenario.named("debugfs")
        .about("a debugfs reader, beside release")
        .paths(Path.P13)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("reader", stage::readDebugfs, Errno.ENOENT, Errno.EIO);
            })
        .build();
  }

  private static Scenario hypercall() {
    return Scenario.named("hypercall")
        .about("a vCPU takes an interrupt, beside release")
        .paths(Path.P3)
        .onlyOn(IrqType.XICS)
        .cast(
            stage -> {
              stage.releaser();
              stage.guest(
                  stage.vcpu(0),
                  cpu -> {
                    long unusedTaken = cpu.hcall(Hcall.H_XIRR);
                  });
            })
        .build();
  }

  private static Scenario inGuest() {
    return Scenario.named("in-guest")
        .about("a vCPU is in the guest, beside release")
        .paths(Path.P1, Path.P2)
        .cast(
            stage -> {
              stage.releaser();
              stage.guest(stage.vcpu(0), cpu -> cpu.compute());
            })
        .build();
  }

  /**
   * The next device has the VPs of the old one, so that what the vCPU still has of it is seen by
   * itself.
   */
  private static Scenario cedeAfterRelease() {
    return Scenario.named("cede-after-release")
        .about("a vCPU cedes when its device has gone and the next one is there")
        .paths(Path.P17)
        .cast(
            stage -> {
              stage.actor(
                  "vmm",
                  () -> {
                    stage.file().close();
                    stage.create(stage.type());
                    stage.run(
                        stage.vcpu(1),
                        cpu -> {
                          long unusedCode = cpu.hcall(Hcall.H_CEDE);
                        });
                  });
              stage.actor(
                  "waker",
                  () -> {
                    Stage.await(stage.vcpu(1)::isCeded, "vcpu1 cedes");
                    stage.vcpu(1).prod();
                  });
            })
        .build();
  }

  private static Scenario mapped() {
    return Acts.alone(
            "mapped",
            stage -> {
              DeviceMapping pages =
                  stage.file().mmap(XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET, 2L * (Stage.SOURCE + 1));
              pages.close();
              stage.file().close();
            })
        .about("a device whose ESB pages were mapped is released")
        .paths(Path.P8, Path.P12)
        .onlyOn(IrqType.XIVE)
        .build();
  }
}
