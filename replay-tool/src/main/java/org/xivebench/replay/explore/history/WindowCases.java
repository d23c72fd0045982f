package org.xivebench.replay.explore.history;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Stage;
import org.xivebench.replay.explore.scenario.StageOptions;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;

/** What kernels have to this day: shown under their protocol, and gone under {@code gated}. */
final class WindowCases {
  private static final int HOST_IRQ = 0x66;

  private WindowCases() {}

  static List<HistoryCase> all() {
    Era v6 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V6);
    Era v510 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V510);
    Era gated = Era.of(ReleaseProtocol.GATED, KernelVersion.V6);
    return List.of(
        HistoryCase.window("window-hypercall", "H_IPI to a vCPU that is cleaned up (P4)")
            .was(
                "Release holds one vCPU's mutex at a time. A vCPU that still runs sends an IPI to"
                    + " one that has been cleaned up, and writes to its freed presenter.")
            .mended("In gated all vCPUs are outside before the first is cleaned up.")
            .before(v6)
            .after(gated)
            .shows(ipiToAnother(), IrqType.XICS, "use after free of xc of vcpu0")
            .build(),
        HistoryCase.window("window-rtas", "RTAS calls beside release (P15)")
            .was(
                "A vCPU that has been cleaned up runs on. Its RTAS calls find the device, which is"
                    + " there until the last vCPU has been cleaned up, and use its sources while"
                    + " they are freed.")
            .mended(
                "In gated a vCPU that has been cleaned up waits at the gate until the device has gone.")
            .before(v6)
            .after(gated)
            .shows(
                LockCases.rtas("rtas-call", RtasService.INT_OFF, Stage.SOURCE),
                IrqType.XICS,
                "use after free of source block",
                "use after free of")
            .build(),
        HistoryCase.window("window-injection", "KVM_IRQ_LINE and irqfd take no lock (P16)")
            .was(
                "Nothing keeps an injection out: it looks a source up and triggers it, while the"
                    + " source is freed.")
            .mended(
                "In gated release redirects injection, waits for those inside, and keeps what comes meanwhile.")
            .before(v6)
            .after(gated)
            .shows(injection(), IrqType.XIVE, "use after free of ESB", "use after free of")
            .shows(injection(), IrqType.XICS, "use after free of ESB", "use after free of")
            .build(),
        HistoryCase.window("window-reset", "RESET of a device whose vCPUs run")
            .was(
                "RESET takes escalations away without vcpu->mutex: a vCPU that is in H_CEDE or"
                    + " entry at that moment uses one that is gone.")
            .mended("Here, since v6, RESET closes the gate and waits until every vCPU is outside.")
            .before(v510)
            .after(gated)
            .shows(reset(), IrqType.XIVE, "use after free of mapping of the ESe")
            .build(),
        HistoryCase.window("window-find-server", "a presenter is freed before it is unlinked")
            .was(
                "Clean-up frees a vCPU's presenter and clears the pointer to it afterwards. Who"
                    + " looks for a server meanwhile, as ibm,set-xive does, gets the freed one."
                    + " Clearing it first would not be enough: see the mutations.")
            .mended("In gated nobody looks for a server while vCPUs are cleaned up.")
            .before(v6)
            .after(gated)
            .shows(
                LockCases.rtas("rtas-target", RtasService.SET_XIVE, Stage.SOURCE, 1, 5),
                IrqType.XICS,
                "use after free of xc of vcpu1",
                "use after free of")
            .build(),
        HistoryCase.window("window-connect", "a XICS vCPU that could not be connected")
            .was(
                "The clean-up of a failed connect does nothing, because the vCPU is not of type"
                    + " XICS yet: its presenter stays, and it can never be connected again.")
            .mended("Here, since v6, it is cleaned up and can be connected again.")
            .before(v510)
            .after(gated)
            .shows(connectFails(OpalCall.SET_VP_INFO), IrqType.XICS, "cannot be connected again")
            .build(),
        HistoryCase.window("window-free-active", "a VP that stays enabled keeps its block")
            .was(
                "After a failed connect the VP stays enabled, and the firmware refuses to take the"
                    + " block of VPs back at release: it is lost.")
            .mended("Here, since v6, a failed connect disables the VP.")
            .before(v510)
            .after(gated)
            .shows(connectFailsAndReleases(), IrqType.XICS, "I3:", "is still connected")
            .build(),
        HistoryCase.window("window-clr-mapped", "a clr_mapped that fails keeps sb->lock")
            .was(
                "When the host does not take its interrupt back, clr_mapped returns with sb->lock"
                    + " held: whoever wants it next waits for ever.")
            .mended("Here, since v6, the lock is given back and the source unmasked.")
            .before(v510)
            .after(gated)
            .shows(clrMappedFails(), IrqType.XIVE, "waits for sb4->lock")
            .shows(clrMappedFails(), IrqType.XICS, "waits for sb4->lock")
            .build());
  }

  private static Scenario ipiToAnother() {
    return Scenario.named("ipi")
        .about("a vCPU sends an IPI to another one, beside release")
        .paths(Path.P4)
        .onlyOn(IrqType.XICS)
        .cast(
            stage -> {
              stage.releaser();
              stage.guest(
                  stage.vcpu(1),
                  cpu -> {
                    long unusedSent = cpu.hcall(Hcall.H_IPI, stage.vcpu(0).id(), 4);
                  });
            })
        .build();
  }

  private static Scenario injection() {
    return Scenario.named("injection")
        .about("a device injects an interrupt, beside release")
        .paths(Path.P16)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("device", () -> stage.inject(1), Errno.ENXIO);
            })
        .build();
  }

  private static Scenario reset() {
    return Scenario.named("reset-in-cede")
        .about("a vCPU cedes while the device is reset")
        .paths(Path.P17, Path.P20)
        .onlyOn(IrqType.XIVE)
        .cast(
            stage -> {
              stage.guest(
                  stage.vcpu(1),
                  cpu -> {
                    long unusedCode = cpu.hcall(Hcall.H_CEDE);
                  });
              stage.actor(
                  "vmm",
                  () -> {
                    stage
                        .file()
                        .setAttr(
                            XiveUapi.KVM_DEV_XIVE_GRP_CTRL,
                            XiveUapi.KVM_DEV_XIVE_RESET,
                            UserBuffer.unreadable());
                    stage.vcpu(1).prod();
                  });
            })
        .build();
  }

  private static Scenario connectFails(OpalCall failing) {
    return Acts.alone(
            "connect-fails",
            stage -> {
              connectOnce(stage, failing);
              Acts.expect(
                  null,
                  () -> stage.connect(stage.file(), stage.vcpu(1)),
                  stage.vcpu(1) + " cannot be connected again");
            })
        .about("a vCPU is connected again after the firmware had refused something")
        .paths(Path.P6)
        .onlyOn(IrqType.XICS)
        .machine(StageOptions.DEFAULT.withConnected(1))
        .build();
  }

  private static Scenario connectFailsAndReleases() {
    return Acts.alone(
            "connect-fails-late",
            stage -> {
              connectOnce(stage, OpalCall.SET_IRQ_CONFIG);
              stage.file().close();
            })
        .about("a device is released to which a vCPU could not be connected")
        .paths(Path.P6)
        .onlyOn(IrqType.XICS)
        .machine(StageOptions.DEFAULT.withConnected(1))
        .build();
  }

  private static void connectOnce(Stage stage, OpalCall failing) {
    stage
        .host()
        .opal()
        .setFaults((call, argument) -> call == failing ? OpalCode.PARAMETER : OpalCode.SUCCESS);
    Errno refused = Acts.errnoOf(() -> stage.connect(stage.file(), stage.vcpu(1)));
    if (refused == null) {
      throw new AssertionError("the firmware has refused nothing");
    }
    stage.host().opal().setFaults((call, argument) -> OpalCode.SUCCESS);
  }

  private static Scenario clrMappedFails() {
    return Scenario.named("clr-mapped")
        .about("the host does not take an interrupt back that was passed through")
        .paths(Path.P12)
        .cast(
            stage -> {
              stage.host().defineSource(HOST_IRQ, 0);
              stage.actor(
                  "vmm",
                  () -> {
                    stage.vm().setMapped(Stage.SOURCE, HOST_IRQ);
                    stage
                        .host()
                        .opal()
                        .setFaults(
                            (call, argument) ->
                                call == OpalCall.SET_IRQ_CONFIG && argument == HOST_IRQ
                                    ? OpalCode.PARAMETER
                                    : OpalCode.SUCCESS);
                    Acts.expect(
                        Errno.ENXIO,
                        () -> stage.vm().clrMapped(Stage.SOURCE, HOST_IRQ),
                        "the host refuses its interrupt");
                    stage.host().opal().setFaults((call, argument) -> OpalCode.SUCCESS);
                  });
              stage.actor("reader", () -> Acts.touchSource(stage));
            })
        .build();
  }
}
