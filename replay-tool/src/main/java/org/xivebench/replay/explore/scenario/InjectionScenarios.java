package org.xivebench.replay.explore.scenario;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Irqfd;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;

/** Interrupts that come from outside the guest. */
final class InjectionScenarios {
  private InjectionScenarios() {}

  static List<Scenario> all() {
    return List.of(irqLine(), irqfd(), mapped(), reRegister());
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

  private static Scenario irqfd() {
    return Scenario.named("irqfd")
        .about("an irqfd is signalled, and acknowledged by the resampler")
        .paths(Path.P16)
        .cast(
            stage -> {
              Irqfd irqfd = stage.irqfd();
              stage.releaser();
              stage.actor("waker", irqfd::signal);
              stage.actor(
                  "resampler",
                  () -> {
                    irqfd.signal();
                    irqfd.acknowledge();
                  });
            })
        .failsUnder(Weakness.of(ReleaseProtocol.VCPU_MUTEX).shows("use after free of source block"))
        .failsUnder(Weakness.without(Step.DRAIN_INJECTION).shows("use after free of source block"))
        .build();
  }

  private static Scenario mapped() {
    return Scenario.named("mapped")
        .about("a host interrupt is passed through to a source, and taken back")
        .paths(Path.P12)
        .cast(
            stage -> {
              int hostIrq = stage.defineHostIrq();
              stage.releaser();
              stage.actor(
                  "bypass",
                  () -> {
                    stage.vm().setMapped(Stage.SOURCE, hostIrq);
                    stage.vm().clrMapped(Stage.SOURCE, hostIrq);
                  },
                  Errno.ENODEV,
                  Errno.EINVAL);
            })
        .failsUnder(Weakness.without(Step.VM_LOCK).shows("use after free of ESB"))
        .build();
  }

  private static Scenario reRegister() {
    return Scenario.named("re-register")
        .about("an irq-bypass producer registers again while the controller changes")
        .paths(Path.P12, Path.P19)
        .cast(
            stage -> {
              int hostIrq = stage.defineHostIrq();
              Irqfd irqfd = stage.irqfd();
              stage.beforehand(() -> irqfd.addProducer(hostIrq));
              stage.actor(
                  "releaser",
                  () -> {
                    stage.file().close();
                    DeviceFile unusedNext = stage.connectNew(stage.type());
                  });
              stage.actor(
                  "bypass",
                  () -> {
                    boolean unusedMapped = irqfd.reRegister(hostIrq);
                  });
            })
        .failsUnder(Weakness.without(Step.VM_LOCK).shows("use after free of ESB"))
        .build();
  }
}
