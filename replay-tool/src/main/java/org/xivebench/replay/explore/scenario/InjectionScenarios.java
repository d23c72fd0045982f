package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;

/** Interrupts that come from outside the guest. */
final class InjectionScenarios {
  private InjectionScenarios() {}

  static List<Scenario> all() {
    return List.of(irqLine());
  }

  private static Scenario irqLine() {
    return Scenario.named("injection")
        .about("a device injects an interrupt with KVM_IRQ_LINE, without any lock")
        .paths(Path.P16)
        .cast(
            stage -> {
              stage.releaser();
              stage.actor("injector", () -> stage.inject(1), Errno.ENXIO);
            })
        .failsUnder(
            Weakness.of(ReleaseProtocol.UNPROTECTED)
                .on(IrqType.XIVE)
                .shows("use after free of ESB"))
        .failsUnder(
            Weakness.of(ReleaseProtocol.VCPU_MUTEX).on(IrqType.XIVE).shows("use after free of ESB"))
        .failsUnder(Weakness.without(Step.DRAIN_INJECTION).shows("use after free of ESB"))
        .build();
  }
}
