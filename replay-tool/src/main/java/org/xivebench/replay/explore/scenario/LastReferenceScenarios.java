package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.release.Step;

/** The last reference to the device goes where release must not run. */
final class LastReferenceScenarios {
  private LastReferenceScenarios() {}

  static List<Scenario> all() {
    return List.of(underMutex());
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
}
