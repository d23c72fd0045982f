package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.Hcall;

/** Calls of the guest that KVM serves: XICS hypercalls and RTAS. */
final class HypercallScenarios {
  private HypercallScenarios() {}

  static List<Scenario> all() {
    return List.of(hypercall(), own(), poll(), rtas(), provision());
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

  private static Scenario own() {
    return Scenario.named("hypercall-own")
        .about("a vCPU takes and ends an interrupt of its own, and lowers its CPPR")
        .paths(Path.P3)
        .onlyOn(IrqType.XICS)
        .cast(
            stage -> {
              stage.releaser();
              Vcpu vcpu = stage.vcpu(1);
              stage.guest(
                  vcpu,
                  cpu -> {
                    long unusedOld = cpu.hcall(Hcall.H_CPPR, 0xff);
                    if (cpu.hcall(Hcall.H_XIRR) == Hcall.H_SUCCESS && vcpu.gpr(4) != 0) {
                      long unusedEnd = cpu.hcall(Hcall.H_EOI, vcpu.gpr(4));
                    }
                  });
              stage.beforehand(() -> stage.inject(1));
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of"))
        .failsUnder(Weakness.without(Step.CLEAR_CAM).shows("use after free of VP"))
        .build();
  }

  private static Scenario poll() {
    return Scenario.named("hypercall-poll")
        .about("a vCPU polls another one's pending interrupts, and reroutes by H_CPPR")
        .paths(Path.P4)
        .onlyOn(IrqType.XICS)
        .cast(
            stage -> {
              stage.releaser();
              stage.guest(
                  stage.vcpu(1),
                  cpu -> {
                    long unusedPending = cpu.hcall(Hcall.H_IPOLL, stage.vcpu(0).id());
                    long unusedCode = cpu.hcall(Hcall.H_CPPR, 0);
                  });
            })
        .failsUnder(Weakness.of(ReleaseProtocol.VCPU_MUTEX).shows("use after free of xc of vcpu0"))
        .failsUnder(Weakness.without(Step.DRAIN_VCPUS).shows("use after free of xc of vcpu0"))
        .build();
  }

  private static Scenario rtas() {
    return Scenario.named("rtas")
        .about("a vCPU masks, unmasks and asks for a source by RTAS")
        .paths(Path.P15)
        .onlyOn(IrqType.XICS)
        .cast(
            stage -> {
              stage.defineRtas();
              stage.releaser();
              stage.guest(
                  stage.vcpu(0),
                  cpu -> {
                    cpu.rtas(Stage.INT_OFF, new int[] {Stage.SOURCE}, new int[1]);
                    cpu.rtas(Stage.GET_XIVE, new int[] {Stage.SOURCE}, new int[3]);
                    cpu.rtas(Stage.INT_ON, new int[] {Stage.SOURCE}, new int[1]);
                  });
            })
        .failsUnder(Weakness.of(ReleaseProtocol.VCPU_MUTEX).shows("use after free of source block"))
        .failsUnder(Weakness.without(Step.GATE).shows("use after free of source block"))
        .build();
  }

  private static Scenario provision() {
    return Scenario.named("rtas-provision")
        .about("a vCPU moves a source to another server and a priority that has no queues yet")
        .paths(Path.P15, Path.P20)
        .onlyOn(IrqType.XICS)
        .cast(
            stage -> {
              stage.defineRtas();
              stage.releaser();
              stage.guest(
                  stage.vcpu(1),
                  cpu ->
                      cpu.rtas(
                          Stage.SET_XIVE,
                          new int[] {Stage.SOURCE, stage.vcpu(0).id(), Stage.PRIORITY + 1},
                          new int[1]));
            })
        .failsUnder(Weakness.of(ReleaseProtocol.VCPU_MUTEX).shows("use after free of source block"))
        .failsUnder(Weakness.without(Step.DRAIN_VCPUS).shows("use after free of xc of vcpu0"))
        .build();
  }
}
