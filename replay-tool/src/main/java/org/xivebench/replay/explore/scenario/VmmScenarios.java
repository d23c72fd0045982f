package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;

/** What a VMM and the host's administrator do: one_reg, creation, debugfs. */
final class VmmScenarios {
  private VmmScenarios() {}

  static List<Scenario> all() {
    return List.of(oneReg(), debugfs(), reCreate());
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
        .failsUnder(Weakness.without(Step.VM_LOCK).shows(""))
        .build();
  }
}
