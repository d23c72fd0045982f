package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.TriggerObserver;

/** The last reference to the device goes where release must not run. */
final class LastReferenceScenarios {
  private LastReferenceScenarios() {}

  static List<Scenario> all() {
    return List.of(underMutex(), inSection(), inCallback());
  }

  private static Scenario underMutex() {
    return Scenario.named("close-in-run")
        .about("a vCPU thread drops the last reference with its mutex held")
        .paths(Path.P5, Path.P10)
        .cast(
            stage -> {
              Vcpu vcpu = stage.vcpu(0);
              stage.actor(
                  "vcpu0",
                  () -> {
                    vcpu.lockMutex();
                    try {
                      stage.file().close();
                    } finally {
                      vcpu.unlockMutex();
                    }
                  });
              stage.actor("one-reg", () -> stage.readRegister(vcpu), Errno.ENXIO);
            })
        .failsUnder(Weakness.without(Step.VCPU_MUTEX).shows("use after free of xc of vcpu0"))
        .build();
  }

  private static Scenario inSection() {
    return Scenario.named("close-in-section")
        .about("the last reference goes inside an injection's read section")
        .paths(Path.P10, Path.P16)
        .cast(
            stage -> {
              stage.beforehand(
                  () -> {
                    stage.inject(1);
                    stage.inject(1); // P and Q: the next one is coalesced, and the observer called
                  });
              stage
                  .host()
                  .setTriggerObserver(
                      new TriggerObserver() {
                        @Override
                        public void coalesced(int irq) {
                          stage.file().close();
                        }

                        @Override
                        public void dropped(int irq) {
                          stage.file().close();
                        }
                      });
              stage.actor("injector", () -> stage.inject(1), Errno.ENXIO);
              stage.actor("other", () -> stage.inject(1), Errno.ENXIO);
            })
        .failsUnder(Weakness.of(ReleaseProtocol.VCPU_MUTEX).shows("use after free of ESB"))
        .failsUnder(Weakness.without(Step.DRAIN_INJECTION).shows("use after free of ESB"))
        .build();
  }

  private static Scenario inCallback() {
    return Scenario.named("close-in-callback")
        .about("the VMM drops the last reference while it serves a vCPU's exit")
        .paths(Path.P1, Path.P10)
        .cast(
            stage -> {
              Vcpu vcpu = stage.vcpu(0);
              stage.actor(
                  "vcpu0",
                  () ->
                      stage.run(
                          vcpu,
                          cpu -> {
                            long unusedCode = cpu.hcall(Hcall.H_INT_RESET);
                          },
                          () -> stage.file().close()));
              stage.actor("one-reg", () -> stage.readRegister(vcpu), Errno.ENXIO);
            })
        .failsUnder(Weakness.of(ReleaseProtocol.UNPROTECTED).shows("use after free of VP"))
        .failsUnder(Weakness.without(Step.VCPU_MUTEX).shows("use after free of xc of vcpu0"))
        .build();
  }
}
