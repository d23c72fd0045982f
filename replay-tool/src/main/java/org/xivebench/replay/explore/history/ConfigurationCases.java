package org.xivebench.replay.explore.history;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Stage;
import org.xivebench.replay.explore.scenario.StageOptions;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.Pq;

/** Queues, server numbers and pass-through: one thread is enough. */
final class ConfigurationCases {
  /** What kernels before v5.4 had: 237aed48c642. */
  private static final String STUCK = "free_irq waits for";

  private static final int HOST_IRQ = 0x66;

  /** The first packed id that needs a stride. */
  private static final int FAR_SERVER = 2048;

  private static final long OTHER_QUEUE = 0x30000;

  private ConfigurationCases() {}

  static List<HistoryCase> all() {
    Era v52 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V52);
    Era v55 = Era.of(ReleaseProtocol.VCPU_MUTEX, KernelVersion.V55);
    return List.of(
        HistoryCase.of(null, "eq-reset-flags", "Do not test the EQ flag validity when resetting")
            .was("A guest that took a CPU away could not give its queue back: EINVAL.")
            .mended("A size of 0 is looked at before the flags.")
            .before(v52.without(KernelFix.EQ_RESET_FLAGS))
            .after(v52)
            .shows(takeQueueAway(), IrqType.XIVE, "the queue cannot be taken away: EINVAL", STUCK)
            .build(),
        HistoryCase.of(null, "server-limit", "Fix the enforced limit on the vCPU identifier")
            .was(
                "The native device forgot that ids are spread by the stride: connecting a vCPU"
                    + " with a large one failed with EINVAL.")
            .mended("The bound is multiplied by the stride.")
            .before(v52.without(KernelFix.SERVER_LIMIT))
            .after(v52)
            .shows(connectFarServer(), IrqType.XIVE, "server 2048 is refused: EINVAL", STUCK)
            .build(),
        HistoryCase.of(null, "host-irq-data", "Do not clear IRQ data of passthrough interrupts")
            .was(
                "Release unmapped the ESB page of a host interrupt that was passed through; the host,"
                    + " whose interrupt it is, crashed at its next use.")
            .mended("The mapping of an interrupt that was passed through stays.")
            .before(v52.without(KernelFix.HOST_IRQ_DATA))
            .after(v52)
            .shows(
                hostUsesItsInterrupt(), IrqType.XIVE, "use after free of ESB of hw irq 0x66", STUCK)
            .shows(
                hostUsesItsInterrupt(), IrqType.XICS, "use after free of ESB of hw irq 0x66", STUCK)
            .build(),
        HistoryCase.of(null, "esb-page-offset", "Fix page offset when clearing ESB pages")
            .was(
                "set_mapped took the wrong pages away, so that a guest that had used the interrupt"
                    + " before went on with the pages of the old one.")
            .mended("The ESB pages' offset in the file is added.")
            .before(v52.without(KernelFix.ESB_PAGE_OFFSET))
            .after(v52)
            .shows(passThroughOfAUsedPage(), IrqType.XIVE, "the guest has the old page", STUCK)
            .build(),
        HistoryCase.of(
                "31a88c82b466", "eq-page-leak", "Free previous EQ page when setting up a new one")
            .was("A queue that was set up again kept the page of the old one for ever.")
            .mended("The page of the old queue is given back when the END has the new one.")
            .before(v55.without(KernelFix.EQ_PAGE_PUT))
            .after(v55)
            .shows(
                queueSetUpAgain(), IrqType.XIVE, "1 references to pages of the guest were leaked")
            .build(),
        HistoryCase.of("30486e72093e", "eq-page-error", "Fix potential page leak on error path")
            .was(
                "A queue that does not fit into a page of the host was refused after a reference to"
                    + " the page had been taken, which was never given back.")
            .mended("The size of the page is looked at before a reference is taken.")
            .before(v55.without(KernelFix.EQ_PAGE_CHECK).onSmallPages())
            .after(v55.onSmallPages())
            .shows(
                queueThatDoesNotFit(),
                IrqType.XIVE,
                "1 references to pages of the guest were leaked")
            .build());
  }

  private static Scenario takeQueueAway() {
    return Acts.alone(
            "take-queue-away",
            stage ->
                Acts.expect(
                    null,
                    () -> Acts.configureQueue(stage.file(), 1, EqConfig.none()),
                    "the queue cannot be taken away"))
        .about("the guest takes a queue away")
        .paths(Path.P7)
        .onlyOn(IrqType.XIVE)
        .build();
  }

  private static Scenario connectFarServer() {
    return Acts.alone(
            "connect-far-server",
            stage ->
                Acts.expect(
                    null,
                    () -> stage.connect(stage.file(), stage.vcpu(1)),
                    "server " + FAR_SERVER + " is refused"))
        .about("a vCPU with a large id is connected")
        .paths(Path.P6)
        .machine(StageOptions.DEFAULT.withVcpus(0, FAR_SERVER).withConnected(1))
        .build();
  }

  private static Scenario hostUsesItsInterrupt() {
    return Acts.alone(
            "host-irq",
            stage -> {
              EsbSource hostSource = stage.host().defineSource(HOST_IRQ, 0);
              stage.vm().setMapped(Stage.SOURCE, HOST_IRQ);
              stage.file().close();
              long unusedPq = hostSource.loadManagement(EsbOffset.GET);
            })
        .about("the host goes on to use an interrupt that was passed through")
        .paths(Path.P12, Path.P19)
        .build();
  }

  private static Scenario passThroughOfAUsedPage() {
    return Acts.alone(
            "used-page",
            stage -> {
              EsbSource hostSource = stage.host().defineSource(HOST_IRQ, 0);
              try (DeviceMapping pages =
                  stage.file().mmap(XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET, 2L * (Stage.SOURCE + 1))) {
                IoPage unusedOld = pages.page(2 * Stage.SOURCE + 1);
                stage.vm().setMapped(Stage.SOURCE, HOST_IRQ);
                pages.page(2 * Stage.SOURCE + 1).load(stage.vcpu(1), EsbOffset.SET_PQ_11, 8);
                if (hostSource.pq() != Pq.QUEUED) {
                  throw new AssertionError("the guest has the old page of the source");
                }
                stage.vm().clrMapped(Stage.SOURCE, HOST_IRQ);
              }
            })
        .about("an interrupt is passed through whose page the guest has used")
        .paths(Path.P9, Path.P12)
        .onlyOn(IrqType.XIVE)
        .build();
  }

  private static Scenario queueSetUpAgain() {
    return Acts.alone(
            "queue-again",
            stage ->
                Acts.configureQueue(stage.file(), 1, EqConfig.fresh(Acts.QUEUE_ORDER, OTHER_QUEUE)))
        .about("a queue is set up again")
        .paths(Path.P7)
        .onlyOn(IrqType.XIVE)
        .build();
  }

  private static Scenario queueThatDoesNotFit() {
    return Acts.alone(
            "queue-too-large",
            stage ->
                Acts.expect(
                    Errno.EINVAL,
                    () -> stage.setQueue(stage.file(), 0),
                    "a queue that lies in two pages"))
        .about("a queue is set up that does not fit into a page of the host")
        .paths(Path.P7)
        .onlyOn(IrqType.XIVE)
        .machine(StageOptions.DEFAULT.unrouted())
        .build();
  }
}
