package org.xivebench.xics;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.ExitHandler;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.SourceBlock;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.irqchip.XiveQueue;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.xive.Xive;

/**
 * A VM with a XICS, driven by one thread: while {@link #inGuest} runs, every vCPU is dispatched.
 */
final class XicsMachine implements AutoCloseable {
  final Xive host;
  final Vm vm;
  final List<Vcpu> vcpus = new ArrayList<>();
  DeviceFile file;

  /** What runs while all vCPUs are dispatched. */
  interface GuestCode {
    void run(GuestCpu[] cpus) throws ErrnoException;
  }

  XicsMachine(int vcpuCount) throws ErrnoException {
    this(vcpuCount, KernelVersion.V6, new Xive.Builder().build());
  }

  XicsMachine(int vcpuCount, KernelVersion kernel, Xive host) throws ErrnoException {
    this.host = host;
    this.vm = new Vm(VmConfig.DEFAULT.withKernel(kernel), host);
    for (int i = 0; i < vcpuCount; i++) {
      vcpus.add(vm.createVcpu(i));
    }
    for (RtasService service : RtasService.values()) {
      vm.defineRtasToken(service.rtasName(), token(service));
    }
    create();
    for (int i = 0; i < vcpuCount; i++) {
      connect(i);
    }
  }

  static int token(RtasService service) {
    return switch (service) {
      case SET_XIVE -> 0x2000;
      case GET_XIVE -> 0x2001;
      case INT_OFF -> 0x2002;
      case INT_ON -> 0x2003;
    };
  }

  void create() throws ErrnoException {
    file = vm.createDevice(new XicsDeviceType());
  }

  /** Connects a vCPU as the server of its own number. */
  void connect(int vcpu) throws ErrnoException {
    file.connect(vcpus.get(vcpu), KvmUapi.KVM_CAP_IRQ_XICS, vcpu);
  }

  XicsDevice device() {
    return (XicsDevice) file.device();
  }

  XicsVcpu presenter(int vcpu) {
    return (XicsVcpu) vcpus.get(vcpu).presenter();
  }

  SourceState source(int irq) {
    return device().xive().block(irq).state(irq);
  }

  int pq(int irq) {
    return source(irq).ipiData.pq();
  }

  /** Makes a source that is masked and routed nowhere. */
  void addSource(int irq, boolean lsi) throws ErrnoException {
    setSource(
        irq,
        XicsSourceWord.PRIORITY.of(0xff)
            | XicsSourceWord.MASKED.mask()
            | (lsi ? XicsSourceWord.LEVEL_SENSITIVE.mask() : 0));
  }

  /** Makes an MSI that is routed. */
  void addMsi(int irq, int server, int priority) throws ErrnoException {
    setSource(irq, XicsSourceWord.DESTINATION.of(server) | XicsSourceWord.PRIORITY.of(priority));
  }

  void setSource(int irq, long word) throws ErrnoException {
    file.setAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, irq, UserBuffer.ofLong(word));
  }

  long getSource(int irq) throws ErrnoException {
    UserBuffer user = UserBuffer.ofSize(8);
    file.getAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, irq, user);
    return user.getLong(0);
  }

  /**
   * Everything that a refused call must leave alone, as text: vCPUs, presenters, queues and what is
   * in them, sources with P, Q and route, and what the firmware has given away. The hypercalls'
   * counters are not in it.
   */
  String snapshot() {
    StringBuilder text = new StringBuilder();
    for (Vcpu vcpu : vm.vcpus()) {
      text.append(vcpu).append(' ').append(vcpu.irqType()).append(' ').append(vcpu.presenter());
      text.append(String.format(" cam=%x saved=%x", vcpu.camWord(), vcpu.savedState()));
      text.append(" esc=").append(vcpu.escEsb()).append(' ').append(vcpu.isEscOn()).append('\n');
      if (vcpu.presenter() instanceof XicsVcpu xc) {
        appendPresenter(text, xc);
      }
    }
    for (int id = 0; id <= device().xive().maxBlockId(); id++) {
      SourceBlock block = device().xive().blockById(id);
      if (block != null) {
        block.states().stream().filter(SourceState::hasIpi).forEach(s -> appendSource(text, s));
      }
    }
    text.append("sources ").append(device().xive().sourceCount());
    text.append(" irqs ").append(host.opal().allocatedIrqCount());
    text.append(" VP blocks ").append(host.opal().allocatedVpBlockCount());
    return text.append(" VPs from ").append(device().xive().vpBase()).append('\n').toString();
  }

  private static void appendPresenter(StringBuilder text, XicsVcpu xc) {
    text.append(
        String.format(
            "  server=%d vp=%d valid=%b cppr=%x hw=%x mfrr=%x pending=%x delayed=%x ipi=%x\n",
            xc.serverNumber(),
            xc.vpId(),
            xc.isValid(),
            xc.cppr,
            xc.hwCppr,
            xc.mfrr,
            xc.pending,
            xc.delayedIrq,
            xc.vpIpi));
    if (xc.vpIpiData != null) {
      text.append(String.format("  ipi pq=%d eas=%x\n", xc.vpIpiData.pq(), xc.vpIpiData.eas()));
    }
    for (int priority = 0; priority < XiveQueue.COUNT; priority++) {
      XiveQueue queue = xc.queue(priority);
      text.append(
          String.format(
              "  q%d at=%x msk=%x count=%d pending=%d escalation=%s page=%s",
              priority,
              queue.position(),
              queue.qpage() == null ? 0 : queue.msk, // a refused attempt leaves it, for nobody
              queue.count.get(),
              queue.pendingCount.get(),
              xc.escalation(priority),
              queue.qpage()));
      for (int i = 0; queue.qpage() != null && i <= queue.msk; i++) {
        if (queue.qpage().entry(i) != 0) {
          text.append(String.format(" [%d]=%x", i, queue.qpage().entry(i)));
        }
      }
      text.append('\n');
    }
  }

  private static void appendSource(StringBuilder text, SourceState s) {
    boolean masked = s.guestPriority == SourceState.MASKED;
    text.append(
        String.format(
            "%x valid=%b hw=%x/%x guest=%x saved=%x act=%d/%x oldP=%b oldQ=%b lsi=%b line=%b",
            s.number,
            s.valid,
            s.ipiNumber,
            s.ptNumber,
            s.guestPriority,
            s.savedPriority,
            s.actServer,
            s.actPriority,
            masked && s.oldP, // unmasked, they are what the last scan or mask found
            masked && s.oldQ,
            s.lsi,
            s.asserted));
    text.append(String.format(" pq=%d eas=%x", s.ipiData.pq(), s.ipiData.eas()));
    text.append(
        s.ptNumber == 0 ? "\n" : String.format(" pt %d %x\n", s.ptData.pq(), s.ptData.eas()));
  }

  void inGuest(GuestCode code) throws ErrnoException {
    enter(code, new GuestCpu[vcpus.size()], 0);
  }

  private void enter(GuestCode code, GuestCpu[] cpus, int next) throws ErrnoException {
    if (next == cpus.length) {
      code.run(cpus);
      return;
    }
    ErrnoException[] failure = new ErrnoException[1];
    boolean ended =
        vcpus
            .get(next)
            .run(
                cpu -> {
                  cpus[next] = cpu;
                  try {
                    enter(code, cpus, next + 1);
                  } catch (ErrnoException e) {
                    failure[0] = e;
                  }
                },
                NO_EXITS);
    if (!ended) {
      throw new AssertionError("vcpu" + next + " was stopped");
    }
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  static long xirr(GuestCpu cpu) {
    long code = cpu.hcall(Hcall.H_XIRR);
    if (code != Hcall.H_SUCCESS) {
      throw new AssertionError("H_XIRR: " + code);
    }
    return cpu.vcpu().gpr(4);
  }

  /** Makes an RTAS call of one of KVM's services; returns all return words. */
  static int[] rtas(GuestCpu cpu, RtasService service, int... arguments) {
    int[] returns = new int[service.returnCount()];
    long code = cpu.rtas(token(service), arguments, returns);
    if (code != Hcall.H_SUCCESS) {
      throw new AssertionError(service + ": " + code);
    }
    return returns;
  }

  private static final ExitHandler NO_EXITS =
      exitsTo(
          opcode -> {
            throw new AssertionError("exit: " + Hcall.nameOf(opcode));
          });

  /** A VMM that serves hypercalls, and nothing else. */
  static ExitHandler exitsTo(IntToLongFunction hypercalls) {
    return new ExitHandler() {
      @Override
      public long hypercall(Vcpu vcpu, int opcode) {
        return hypercalls.applyAsLong(opcode);
      }

      @Override
      public long rtas(Vcpu vcpu, int token, int[] arguments, int[] returns) {
        throw new AssertionError("exit: RTAS " + token);
      }

      @Override
      public long mmioLoad(Vcpu vcpu, MmioSpace space, int page, int offset, int size) {
        throw new AssertionError("exit: load");
      }

      @Override
      public void mmioStore(
          Vcpu vcpu, MmioSpace space, int page, int offset, int size, long value) {
        throw new AssertionError("exit: store");
      }
    };
  }

  @Override
  public void close() {
    file.close();
  }
}
