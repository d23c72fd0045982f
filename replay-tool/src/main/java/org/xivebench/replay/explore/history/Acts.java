package org.xivebench.replay.explore.history;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Stage;
import org.xivebench.xive.EsbOffset;

/** What the casts of several cases do. */
final class Acts {
  /** log2 of the bytes of a queue. */
  static final int QUEUE_ORDER = 16;

  private static final int FIRST_TOKEN = 0x2000;

  private Acts() {}

  /** A VMM that does one thing after the other, alone. */
  interface Sequence {
    /** Does it. */
    void run(Stage stage) throws ErrnoException;
  }

  /** A scenario of one actor. */
  static Scenario.Builder alone(String name, Sequence sequence) {
    return Scenario.named(name).cast(stage -> stage.actor("vmm", () -> sequence.run(stage)));
  }

  /** Lets KVM serve the RTAS interrupt calls, as a VMM does when it makes the machine. */
  static void defineRtas(Vm vm) {
    for (RtasService service : RtasService.values()) {
      try {
        vm.defineRtasToken(service.rtasName(), token(service));
      } catch (ErrnoException e) {
        throw new IllegalStateException("the machine cannot be made: " + e.getMessage(), e);
      }
    }
  }

  /** Makes an RTAS call; what it answers is the guest's business. */
  static void rtas(GuestCpu cpu, RtasService service, int... arguments) {
    long unusedCode = cpu.rtas(token(service), arguments, new int[service.returnCount()]);
  }

  private static int token(RtasService service) {
    return FIRST_TOKEN + service.ordinal();
  }

  /** Sets a queue of {@link Stage#PRIORITY} up. */
  static void configureQueue(DeviceFile file, int server, EqConfig queue) throws ErrnoException {
    file.setAttr(
        XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG, EqIdWord.of(server, Stage.PRIORITY), queue.toBuffer());
  }

  /** The guest of a native device lets a source's events through, as its driver does. */
  static void unmask(Stage stage, int source) {
    try (DeviceMapping pages =
        stage.file().mmap(XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET, 2L * (source + 1))) {
      long unusedOld =
          pages.page(2 * source + 1).load(stage.vcpu(0), EsbOffset.SET_PQ_00, Long.BYTES);
    } catch (ErrnoException e) {
      throw new IllegalStateException("the machine cannot be made: " + e.getMessage(), e);
    }
  }

  /** Gives a native guest one source more, routed as {@link Stage#SOURCE}, to the first vCPU. */
  static void addSource(Stage stage, int source) {
    try {
      stage.file().setAttr(XiveUapi.KVM_DEV_XIVE_GRP_SOURCE, source, UserBuffer.ofLong(0));
      stage
          .file()
          .setAttr(
              XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_CONFIG,
              source,
              UserBuffer.ofLong(SourceConfigWord.of(Stage.PRIORITY, stage.vcpu(0).id(), source)));
    } catch (ErrnoException e) {
      throw new IllegalStateException("the machine cannot be made: " + e.getMessage(), e);
    }
  }

  /** NR_SERVERS: how many VPs a device will need. */
  static void setServerCount(DeviceFile file, int count) throws ErrnoException {
    boolean xics = file.device().deviceType().irqType() == IrqType.XICS;
    file.setAttr(
        xics ? XicsUapi.KVM_DEV_XICS_GRP_CTRL : XiveUapi.KVM_DEV_XIVE_GRP_CTRL,
        xics ? XicsUapi.KVM_DEV_XICS_NR_SERVERS : XiveUapi.KVM_DEV_XIVE_NR_SERVERS,
        UserBuffer.ofInt(count));
  }

  /** Does something that takes the {@code sb->lock} of {@link Stage#SOURCE}. */
  static void touchSource(Stage stage) throws ErrnoException {
    if (stage.isXics()) {
      stage
          .file()
          .getAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, Stage.SOURCE, UserBuffer.ofSize(Long.BYTES));
    } else {
      stage
          .file()
          .setAttr(XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_SYNC, Stage.SOURCE, UserBuffer.unreadable());
    }
  }

  /** Something that may fail. */
  interface Call {
    /** Does it. */
    void run() throws ErrnoException;
  }

  /** Makes a call; returns its errno, or null if it succeeds. */
  static Errno errnoOf(Call call) {
    try {
      call.run();
      return null;
    } catch (ErrnoException e) {
      return e.errno();
    }
  }

  /** Fails unless a call gives what it should. */
  static void expect(Errno expected, Call call, String otherwise) {
    Errno got = errnoOf(call);
    if (got != expected) {
      throw new AssertionError(otherwise + ": " + (got == null ? "success" : got));
    }
  }
}
