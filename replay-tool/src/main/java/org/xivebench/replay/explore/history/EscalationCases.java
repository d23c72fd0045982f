package org.xivebench.replay.explore.history;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Stage;
import org.xivebench.replay.explore.scenario.StageOptions;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;

/** August 2019 and after: escalation interrupts, and the context that entry pushes. */
final class EscalationCases {
  private static final int SECOND_SOURCE = Stage.SOURCE + 1;

  private EscalationCases() {}

  static List<HistoryCase> all() {
    Era v52 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V52);
    Era v54 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V54);
    Era v55 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V55);
    return List.of(
        HistoryCase.of(
                "237aed48c642",
                "escalation-after-vp",
                "Free escalation interrupts before disabling the VP")
            .was(
                "Once the VP is disabled the ESB page of its END reads as all ones. Freeing the"
                    + " escalation took that for a set P bit, and waited for an interrupt that was"
                    + " not there: a soft lockup.")
            .mended(
                "Clean-up frees the escalations while their ENDs still answer, and then disables the VP.")
            .before(v52)
            .after(v52.moving(Step.FREE_ESCALATIONS, Step.DISABLE_VP))
            .shows(justRelease(), IrqType.XIVE, "free_irq waits for")
            .shows(justRelease(), IrqType.XICS, "free_irq waits for")
            .build(),
        HistoryCase.of(
                "959c5d513478", "cede-abort", "Fix race in re-enabling XIVE escalation interrupts")
            .was(
                "An H_CEDE that found the last escalation still on its way armed it again, with PQ"
                    + " 00: the next event put the same interrupt into the host's queue twice.")
            .mended("It leaves P set (PQ 10), so that the next event waits for the handler.")
            .before(v54.without(KernelFix.CEDE_ABORT))
            .after(v54)
            .shows(cedeAgain(), IrqType.XIVE, "I8:")
            .build(),
        HistoryCase.of(
                "8d4ba9c931bc", "stale-cam", "Don't push XIVE context when not using XIVE device")
            .was(
                "Entry pushed the context of a vCPU without looking whether it has one: after a"
                    + " release, the VP that had been freed, which may be another guest's by then.")
            .mended("Clean-up clears the CAM word, and entry pushes nothing without one.")
            .before(v54.without(Step.CLEAR_CAM).without(KernelFix.CAM_TEST))
            .after(v54)
            .shows(runAfterRelease(), IrqType.XIVE, "use after free of VP")
            .shows(runAfterRelease(), IrqType.XICS, "use after free of VP")
            .shows(runUnconnected(), IrqType.XIVE, "I11:", "use after free of VP")
            .build(),
        HistoryCase.of(
                "da15c03b047d",
                "shut-down-irq",
                "Implement get_irqchip_state method for XIVE to fix shutdown race")
            .was(
                "Freeing an interrupt waited for its handler, not for its events in the host's"
                    + " queue: one was fetched when the interrupt was gone.")
            .mended(
                "Freeing waits for an interrupt that is queued, unless its P bit is known to be stale.")
            .before(v54.without(KernelFix.STALE_P))
            .after(v54)
            .shows(
                escalationBesideRelease(),
                IrqType.XIVE,
                "use after free of host irq",
                "use after free of ESB",
                "use after free of source block")
            .build(),
        HistoryCase.of(
                "17328f218fb7", "esb-all-ones", "Discard ESB load value when interrupt is invalid")
            .was(
                "An ESB page that reads as all ones belongs to nothing; it was taken for a pending"
                    + " interrupt, and whoever freed it waited for ever.")
            .mended("All ones say that the interrupt is invalid, not that it is pending.")
            .before(v55)
            .after(v55.with(KernelFix.ESB_ALL_ONES))
            .shows(releaseAfterBrokenQueue(), IrqType.XIVE, "free_irq waits for")
            .build());
  }

  private static Scenario justRelease() {
    return Acts.alone("just-release", stage -> stage.file().close())
        .about("a device is released while nobody uses it")
        .paths(Path.P14)
        .build();
  }

  /**
   * The first event escalates and stays on its way; the vCPU is woken by somebody else, cedes
   * again, and the event of a second source comes.
   */
  private static Scenario cedeAgain() {
    return Scenario.named("cede-again")
        .about("a vCPU that is woken cedes again before its escalation has been handled")
        .paths(Path.P14, Path.P17)
        .onlyOn(IrqType.XIVE)
        .machine(StageOptions.DEFAULT.withVcpus(0))
        .cast(
            stage -> {
              Acts.unmask(stage, Stage.SOURCE);
              Acts.addSource(stage, SECOND_SOURCE);
              Acts.unmask(stage, SECOND_SOURCE);
              AtomicBoolean injected = new AtomicBoolean();
              AtomicBoolean again = new AtomicBoolean();
              stage.guest(
                  stage.vcpu(0),
                  cpu -> {
                    long unusedFirst = cpu.hcall(Hcall.H_CEDE);
                    again.set(true);
                    long unusedSecond = cpu.hcall(Hcall.H_CEDE);
                  });
              stage.actor(
                  "device",
                  () -> {
                    Stage.await(
                        () -> stage.vcpu(0).isEscOn() || again.get(), "the escalation is armed");
                    stage.inject(1);
                    injected.set(true);
                  });
              stage.actor(
                  "waker",
                  () -> {
                    Stage.await(
                        () -> stage.vcpu(0).isEscOn() || injected.get(), "the escalation is armed");
                    stage.vcpu(0).prod();
                    Stage.await(again::get, "vcpu0 cedes again");
                    int unusedStatus = stage.vm().irqLine(SECOND_SOURCE, 1);
                    stage.vcpu(0).prod();
                  });
            })
        .build();
  }

  private static Scenario runAfterRelease() {
    return Acts.alone(
            "run-after-release",
            stage -> {
              stage.file().close();
              stage.run(stage.vcpu(0), cpu -> cpu.compute());
            })
        .about("a vCPU runs when its device has gone")
        .paths(Path.P1)
        .build();
  }

  private static Scenario runUnconnected() {
    return Acts.alone("run-unconnected", stage -> stage.run(stage.vcpu(1), cpu -> cpu.compute()))
        .about("a vCPU runs whose interrupts the VMM emulates")
        .paths(Path.P1)
        .machine(StageOptions.DEFAULT.withConnected(1))
        .build();
  }

  /** Without single escalation an event for a vCPU that does not run escalates at once. */
  private static Scenario escalationBesideRelease() {
    return Scenario.named("escalation")
        .about("an event escalates, beside release")
        .paths(Path.P14)
        .onlyOn(IrqType.XIVE)
        .machine(StageOptions.DEFAULT.withSingleEscalation(false))
        .cast(
            stage -> {
              Acts.unmask(stage, Stage.SOURCE);
              stage.releaser();
              stage.actor("device", () -> stage.inject(1), Errno.ENXIO);
            })
        .build();
  }

  private static Scenario releaseAfterBrokenQueue() {
    return Acts.alone(
            "broken-queue",
            stage -> {
              stage
                  .host()
                  .opal()
                  .setFaults(
                      (call, argument) ->
                          call == OpalCall.SET_QUEUE_STATE
                              ? OpalCode.WRONG_STATE
                              : OpalCode.SUCCESS);
              Acts.expect(
                  Errno.EIO,
                  () ->
                      Acts.configureQueue(
                          stage.file(),
                          1,
                          new EqConfig(
                              EqConfig.ALWAYS_NOTIFY, Acts.QUEUE_ORDER, Stage.QUEUE_ADDRESS, 0, 4)),
                  "the firmware refuses the position of a queue");
              stage.file().close();
            })
        .about("a device is released whose queue could not be set up again")
        .paths(Path.P14)
        .onlyOn(IrqType.XIVE)
        .machine(StageOptions.DEFAULT.withSingleEscalation(false))
        .build();
  }
}
