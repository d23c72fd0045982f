package org.xivebench.lincheck;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.debugfs.DebugfsFile;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.Presenter;
import org.xivebench.kvm.device.StateCarrier;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;

/**
 * A controller that has what can be freed too early and nothing else: its sources, and a presenter
 * for each vCPU. The loops by which a real one is made are longer than Lincheck believes a loop can
 * be that ends.
 */
final class TinyDevice implements Device {
  static final DeviceType TYPE = new Type();

  private static final class Type implements DeviceType {
    @Override
    public String name() {
      return "tiny";
    }

    @Override
    public String opsName() {
      return "kvm-tiny";
    }

    @Override
    public int type() {
      return KvmUapi.KVM_DEV_TYPE_XICS;
    }

    @Override
    public IrqType irqType() {
      return IrqType.XICS;
    }

    @Override
    public int connectCapability() {
      return KvmUapi.KVM_CAP_IRQ_XICS;
    }

    @Override
    public Device create(Vm vm) throws ErrnoException {
      TinyDevice device = new TinyDevice(vm);
      vm.publishIrqchip(device);
      return device;
    }

    @Override
    public StateCarrier carrier() {
      throw new UnsupportedOperationException("never swapped");
    }
  }

  /** What the kernel would free. The poison is a field that every use reads. */
  private static final class Freeable {
    private final String name;
    private volatile boolean freed;

    Freeable(String name) {
      this.name = name;
    }

    void use() {
      if (freed) {
        throw new IllegalStateException("use after free of " + name);
      }
    }
  }

  private static final class TinyPresenter implements Presenter {
    private final TinyDevice device;
    private final Freeable memory;

    TinyPresenter(TinyDevice device, String name) {
      this.device = device;
      this.memory = new Freeable(name);
    }

    @Override
    public int serverNumber() {
      return 0;
    }

    @Override
    public Device device() {
      return device;
    }
  }

  private final Vm vm;
  private final Freeable sources = new Freeable("sources");

  /** By vCPU; not taken away when it is freed, as a stale pointer is not. */
  private final TinyPresenter[] presenters = new TinyPresenter[2];

  private DebugfsFile debugfsFile;

  private TinyDevice(Vm vm) {
    this.vm = vm;
  }

  @Override
  public DeviceType deviceType() {
    return TYPE;
  }

  @Override
  public void init() {
    debugfsFile =
        vm.debugfs()
            .create(
                "tiny",
                text -> {
                  sources.use();
                  text.append("sources");
                });
  }

  @Override
  public void connectVcpu(Vcpu vcpu, int server) {
    presenters[vcpu.id()] = new TinyPresenter(this, "xc of " + vcpu);
    vcpu.setPresenter(presenters[vcpu.id()]);
    vcpu.setIrqType(IrqType.XICS);
  }

  @Override
  public OneReg getOneReg(Vcpu vcpu, long id) {
    presenters[vcpu.id()].memory.use();
    return OneReg.of(0);
  }

  /** What entry and exit do with a vCPU that is connected. */
  static void pushAndPull(Vcpu vcpu) {
    if (vcpu.presenter() instanceof TinyPresenter mine) {
      mine.memory.use();
      mine.memory.use();
    }
  }

  /** Reaches the presenter of every vCPU, as H_IPI does. */
  @Override
  public long hypercall(Vcpu vcpu, int opcode) {
    for (Vcpu each : vm.vcpus()) {
      if (each.presenter() instanceof TinyPresenter other) {
        other.memory.use();
      }
    }
    return Hcall.H_SUCCESS;
  }

  @Override
  public void setIrq(int irq, int level) {
    sources.use();
  }

  @Override
  public void removeDebugfs() {
    debugfsFile.remove();
  }

  @Override
  public void cleanUpVcpu(Vcpu vcpu) {
    if (vcpu.presenter() instanceof TinyPresenter mine) {
      mine.memory.freed = true;
      vcpu.setIrqType(IrqType.DEFAULT);
      vcpu.setPresenter(null);
    }
  }

  @Override
  public void freeSources() {
    sources.freed = true;
  }

  @Override
  public void clearMapping() {}

  @Override
  public void freeVpBlock() {}

  @Override
  public void free() {}

  // ---- what it has not

  private static ErrnoException no() {
    return new ErrnoException(Errno.ENXIO, "not of a tiny device");
  }

  @Override
  public void setAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    throw no();
  }

  @Override
  public void getAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    throw no();
  }

  @Override
  public void hasAttr(int group, long attr) throws ErrnoException {
    throw no();
  }

  @Override
  public void mmap(DeviceMapping mapping, long pageOffset, long pages) throws ErrnoException {
    throw no();
  }

  @Override
  public IoPage fault(long pageOffset) {
    return null;
  }

  @Override
  public void setOneReg(Vcpu vcpu, long id, OneReg value) throws ErrnoException {
    throw no();
  }

  @Override
  public void setMapped(int guestIrq, int hostIrq) throws ErrnoException {
    throw no();
  }

  @Override
  public void clrMapped(int guestIrq, int hostIrq) throws ErrnoException {
    throw no();
  }

  @Override
  public void setXive(int irq, int server, int priority) throws ErrnoException {
    throw no();
  }

  @Override
  public ServerPriority getXive(int irq) throws ErrnoException {
    throw no();
  }

  @Override
  public void intOff(int irq) throws ErrnoException {
    throw no();
  }

  @Override
  public void intOn(int irq) throws ErrnoException {
    throw no();
  }
}
