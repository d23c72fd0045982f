package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.Hcall;

/** Calls of the guest that KVM serves: XICS hypercalls and RTAS. */
final class HypercallScenarios {
  private HypercallScenarios() {}

  static List<Scenario> all() {
    return List.of(hypercall());
  }

  private static Scenario hypercall() {
    return Scenario.named("hypercall")
        .about("a vCPU sends an IPI to another one and takes its own")
        .paths(Path.P3, Path.P4)
        .onlyOn(IrqType.XICS)
        .cast(
            stage -> {
              stage.releaser();
              stage.guest(
                  stage.vcpu(1),
                  cpu -> {
                    long unusedSent = cpu.hcall(Hcall.H_IPI, stage.vcpu(0).id(), 4);
                    long unusedTaken = cpu.hcall(Hcall.H_XIRR);
                  });
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of"))
        .failsUnder(Weakness.of(ReleaseProtocol.VCPU_MUTEX).shows("use after free of xc of vcpu0"))
        .failsUnder(Weakness.without(Step.GATE).shows("use after free of xc of vcpu0"))
        .failsUnder(Weakness.without(Step.DRAIN_VCPUS).shows("use after free of xc of vcpu0"))
        .build();
  }
}
