package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.Hcall;

/** A vCPU runs: guest entry and exit, H_CEDE, the escalation handler. */
final class ExecutionScenarios {
  private ExecutionScenarios() {}

  static List<Scenario> all() {
    return List.of(entry(), cede());
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
}
