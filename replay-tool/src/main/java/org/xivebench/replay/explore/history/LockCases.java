package org.xivebench.replay.explore.history;

import java.util.List;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Stage;

/** June 2019: {@code kvm->lock} was taken inside {@code vcpu->mutex}, in four places. */
final class LockCases {
  /** A priority that no queue has been made for. */
  private static final int NEW_PRIORITY = 3;

  /** What v5.2 still had, and v5.4 mended: 8d4ba9c931bc and 237aed48c642. */
  private static final String[] OF_V52 = {"use after free of VP", "free_irq waits for"};

  /** The same, and the window that kernels have to this day. */
  private static final String[] BESIDE_RTAS = {
    "use after free of", "free_irq waits for", "I3:", "I4:"
  };

  private LockCases() {}

  static List<HistoryCase> all() {
    Era v52 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V52);
    return List.of(
        HistoryCase.of("7e10b9a6da61", "xive-lock", "Introduce a new mutex for the XIVE device")
            .was(
                "Provisioning took kvm->lock. A guest's ibm,set-xive for a new priority does it in"
                    + " KVM_RUN, with vcpu->mutex held, against the order of the two; with a release"
                    + " that holds kvm->lock and waits for that vCPU neither goes on.")
            .mended("The device has a lock of its own, xive->lock, which nests inside vcpu->mutex.")
            .before(v52.without(KernelFix.XIVE_LOCK))
            .after(v52)
            .shows(
                rtas("provisioning", RtasService.SET_XIVE, Stage.SOURCE, 0, NEW_PRIORITY),
                IrqType.XICS,
                "vcpu0 waits for kvm->lock",
                BESIDE_RTAS)
            .build(),
        HistoryCase.of(
                "c395fe1d8e49",
                "mmu-ready",
                "Avoid touching arch.mmu_ready in XIVE release functions")
            .was(
                "Release cleared mmu_ready with kvm->lock held and then waited for vcpu->mutex; the"
                    + " vCPU that it had thrown out of the guest held vcpu->mutex and waited for"
                    + " kvm->lock to set its MMU up.")
            .mended(
                "Release leaves mmu_ready alone: vcpu->mutex proves that the vCPU is not in KVM_RUN.")
            .before(Era.of(ReleaseProtocol.SEED, KernelVersion.V52))
            .after(v52)
            .shows(entry(), IrqType.XIVE, "vcpu0 waits for kvm->lock", OF_V52)
            .shows(entry(), IrqType.XICS, "vcpu0 waits for kvm->lock", OF_V52)
            .build(),
        HistoryCase.of("0d4ee88d9288", "mmu-setup-lock", "Use new mutex to synchronize MMU setup")
            .was(
                "The first run of a guest with a hashed page table sets its MMU up, and took"
                    + " kvm->lock for that inside vcpu->mutex.")
            .mended("MMU setup has a lock of its own, which nests inside vcpu->mutex.")
            .before(v52.without(KernelFix.MMU_SETUP_LOCK).onHashedPageTable())
            .after(v52.onHashedPageTable())
            .shows(entry(), IrqType.XIVE, "vcpu0 waits for kvm->lock", OF_V52)
            .build(),
        HistoryCase.of("1659e27d2bc1", "rtas-token-lock", "Use new mutex for the RTAS token list")
            .was(
                "An RTAS call looked its token up, and ran, with kvm->lock held inside vcpu->mutex.")
            .mended("The token list has a lock of its own, held across the call.")
            .before(v52.without(KernelFix.RTAS_TOKEN_LOCK))
            .after(v52)
            .shows(
                rtas("rtas-call", RtasService.INT_OFF, Stage.SOURCE),
                IrqType.XICS,
                "vcpu0 waits for kvm->lock",
                BESIDE_RTAS)
            .build());
  }

  private static Scenario entry() {
    return Scenario.named("first-run")
        .about("a vCPU enters the guest for the first time, beside release")
        .paths(Path.P1)
        .cast(
            stage -> {
              stage.releaser();
              stage.guest(stage.vcpu(0), cpu -> cpu.compute());
            })
        .build();
  }

  static Scenario rtas(String name, RtasService service, int... arguments) {
    return Scenario.named(name)
        .about("a vCPU calls " + service.rtasName() + ", beside release")
        .paths(Path.P15)
        .onlyOn(IrqType.XICS)
        .cast(
            stage -> {
              Acts.defineRtas(stage.vm());
              stage.releaser();
              stage.guest(stage.vcpu(0), cpu -> Acts.rtas(cpu, service, arguments));
            })
        .build();
  }
}
