package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Tima;

/** A vCPU runs: guest entry and exit, H_CEDE, the escalation handler. */
final class ExecutionScenarios {
  private ExecutionScenarios() {}

  static List<Scenario> all() {
    return List.of(entry(), expelled(), cede(), cedeWoken(), pages());
  }

  private static Scenario entry() {
    return Scenario.named("entry")
        .about("a vCPU enters and leaves the guest")
        .paths(Path.P1, Path.P2)
        .cast(
            stage -> {
              stage.releaser();
              stage.guest(
                  stage.vcpu(0),
                  cpu -> {
                    cpu.compute();
                    cpu.compute();
                  });
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of VP"))
        .failsUnder(Weakness.without(Step.CLEAR_CAM).shows("use after free of VP"))
        .failsUnder(Weakness.without(Step.REOPEN).shows("vcpu0 waits for mmu_ready open"))
        .build();
  }

  private static Scenario expelled() {
    return Scenario.named("expelled")
        .about("a vCPU is in the guest when release begins, and wants to come back")
        .paths(Path.P1, Path.P2)
        .cast(
            stage -> {
              Signal inside = new Signal("vcpu0 is in the guest");
              stage.actor(
                  "releaser",
                  () -> {
                    inside.await();
                    stage.file().close();
                  });
              stage.guest(
                  stage.vcpu(0),
                  cpu -> {
                    cpu.compute();
                    inside.raise();
                    cpu.compute();
                  });
            })
        .failsUnder(
            Weakness.of(ReleaseProtocol.SEED)
                .kernel(KernelVersion.SEED)
                .shows("releaser waits for vcpu0->mutex, vcpu0 waits for kvm->lock"))
        .failsUnder(Weakness.without(Step.CLEAR_CAM).shows("use after free of VP"))
        .build();
  }

  private static Scenario cede() {
    return Scenario.named("cede")
        .about("a vCPU sleeps in H_CEDE")
        .paths(Path.P17)
        .cast(
            stage -> {
              stage.actor(
                  "releaser",
                  () -> {
                    stage.file().close();
                    stage.vcpu(0).prod(); // or a vCPU that cedes after the release sleeps on
                  });
              stage.guest(
                  stage.vcpu(0),
                  cpu -> {
                    long unusedCode = cpu.hcall(Hcall.H_CEDE);
                    cpu.compute();
                  });
            })
        .failsUnder(
            Weakness.of(ReleaseProtocol.VCPU_MUTEX).shows("releaser waits for vcpu0->mutex"))
        .failsUnder(Weakness.without(Step.KICK).shows("releaser waits for"))
        .failsUnder(
            Weakness.without(Step.CLEAR_ESCALATION)
                .on(IrqType.XICS)
                .shows("use after free of mapping of the ESe"))
        .build();
  }

  private static Scenario cedeWoken() {
    return Scenario.named("cede-woken")
        .about("an interrupt wakes a vCPU in H_CEDE by its escalation")
        .paths(Path.P14, Path.P16, Path.P17)
        .cast(
            stage -> {
              stage.actor(
                  "releaser",
                  () -> {
                    stage.file().close();
                    stage.vcpu(1).prod();
                  });
              stage.guest(
                  stage.vcpu(1),
                  cpu -> {
                    long unusedCode = cpu.hcall(Hcall.H_CEDE);
                    cpu.compute();
                  });
              stage.actor("injector", () -> stage.inject(1), Errno.ENXIO);
            })
        .failsUnder(Weakness.of(ReleaseProtocol.VCPU_MUTEX).shows("use after free of ESB"))
        .failsUnder(
            Weakness.without(Step.CLEAR_ESCALATION).shows("use after free of mapping of the ESe"))
        .failsUnder(Weakness.without(Step.KICK).shows("vcpu1 waits for vcpu1 wake-up"))
        .build();
  }

  private static Scenario pages() {
    return Scenario.named("pages")
        .about("a native guest triggers, looks and acknowledges in its pages, which fault in")
        .paths(Path.P8, Path.P9)
        .onlyOn(IrqType.XIVE)
        .cast(
            stage -> {
              DeviceMapping esb =
                  stage.map(XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET, 2 * Stage.SOURCE + 2);
              DeviceMapping tima = stage.map(XiveUapi.KVM_XIVE_TIMA_PAGE_OFFSET, 4);
              stage.vm().guestIo().map(esb, tima);
              stage.actor(
                  "vmm",
                  () -> {
                    stage.file().close();
                    stage.vm().guestIo().map(null, null);
                    esb.close();
                    tima.close();
                  });
              stage.guest(
                  stage.vcpu(1),
                  cpu -> {
                    cpu.esbStore(Stage.SOURCE, 0, 0, 8, 0);
                    long unusedAck = cpu.timaLoad(2, Tima.ACK_OS_REG, 2);
                    long unusedPq = cpu.esbLoad(Stage.SOURCE, 1, EsbOffset.SET_PQ_00, 8);
                  });
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of VP"))
        .failsUnder(Weakness.without(Step.FILE_REFERENCES).shows("use after free of kvm_device"))
        .build();
  }
}
