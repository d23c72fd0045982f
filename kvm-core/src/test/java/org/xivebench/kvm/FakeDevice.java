package org.xivebench.kvm;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.Presenter;
import org.xivebench.kvm.device.StateCarrier;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.sync.Lifetime;

/**
 * A controller without interrupts, that writes down what is asked of it and refuses to be used
 * after it was freed.
 */
public final class FakeDevice implements Device {
  private final Type type;
  private final Vm vm;
  private final Lifetime lifetime = new Lifetime(() -> "fake device");

  /** A type of such devices, with a log that outlives each of them. */
  public static final class Type implements DeviceType, StateCarrier {
    /** What was asked of all devices of this type. */
    public final List<String> calls = new CopyOnWriteArrayList<>();

    /** Run by a device when it has answered a page fault, before the page is put in; or null. */
    public volatile Runnable afterFault;

    /** The capability that connects vCPUs; 0 for the kernel's own of the mode. */
    public volatile int capability;

    /** The call that fails, or null. */
    public volatile String failing;

    private final String name;
    private final IrqType irqType;

    /** A type of that name. */
    public Type(String name, IrqType irqType) {
      this.name = name;
      this.irqType = irqType;
    }

    void did(String call) {
      calls.add(call);
      if (call.equals(failing)) {
        throw new IllegalStateException(call + " is broken");
      }
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String opsName() {
      return "kvm-" + name;
    }

    @Override
    public int type() {
      return irqType == IrqType.XIVE ? KvmUapi.KVM_DEV_TYPE_XIVE : KvmUapi.KVM_DEV_TYPE_XICS;
    }

    @Override
    public IrqType irqType() {
      return irqType;
    }

    @Override
    public int connectCapability() {
      if (capability != 0) {
        return capability;
      }
      return irqType == IrqType.XIVE ? KvmUapi.KVM_CAP_PPC_IRQ_XIVE : KvmUapi.KVM_CAP_IRQ_XICS;
    }

    @Override
    public Device create(Vm vm) throws ErrnoException {
      did("create");
      FakeDevice device = new FakeDevice(this, vm);
      vm.publishIrqchip(device);
      return device;
    }

    @Override
    public StateCarrier carrier() {
      return this;
    }

    @Override
    public InterruptState capture(Vm vm, DeviceFile file, GuestContext guest) {
      did("capture");
      return new InterruptState(irqType, List.of(), List.of());
    }

    @Override
    public void restore(Vm vm, DeviceFile file, GuestContext guest, InterruptState state) {
      did("restore from " + state.capturedIn());
    }
  }

  private FakeDevice(Type type, Vm vm) {
    this.type = type;
    this.vm = vm;
  }

  @Override
  public DeviceType deviceType() {
    return type;
  }

  @Override
  public void init() {
    type.did("init");
  }

  @Override
  public void setAttr(int group, long attr, UserBuffer user) {
    lifetime.check();
    type.did("setAttr " + group + "/" + attr);
  }

  @Override
  public void getAttr(int group, long attr, UserBuffer user) {
    lifetime.check();
    type.did("getAttr " + group + "/" + attr);
  }

  @Override
  public void hasAttr(int group, long attr) throws ErrnoException {
    throw new ErrnoException(Errno.ENXIO, "no attributes");
  }

  @Override
  public void mmap(DeviceMapping mapping, long pageOffset, long pages) {
    lifetime.check();
  }

  @Override
  public IoPage fault(long pageOffset) {
    lifetime.check();
    type.did("fault " + pageOffset);
    Runnable interference = type.afterFault;
    type.afterFault = null;
    if (interference != null) {
      interference.run();
    }
    return new IoPage() {
      @Override
      public long load(Vcpu vcpu, int offset, int size) {
        return pageOffset;
      }

      @Override
      public void store(Vcpu vcpu, int offset, int size, long value) {}
    };
  }

  @Override
  public void connectVcpu(Vcpu vcpu, int server) {
    vcpu.mutex.assertHeld();
    vcpu.setPresenter(new FakePresenter(server, this));
    vcpu.setIrqType(type.irqType());
  }

  private record FakePresenter(int serverNumber, Device device) implements Presenter {}

  @Override
  public OneReg getOneReg(Vcpu vcpu, long id) {
    lifetime.check();
    vcpu.mutex.assertHeld();
    return OneReg.of(id);
  }

  @Override
  public void setOneReg(Vcpu vcpu, long id, OneReg value) {
    lifetime.check();
    vcpu.mutex.assertHeld();
  }

  @Override
  public long hypercall(Vcpu vcpu, int opcode) {
    lifetime.check();
    type.did("hypercall " + Hcall.nameOf(opcode));
    return Hcall.H_SUCCESS;
  }

  @Override
  public void setIrq(int irq, int level) {
    lifetime.check();
    type.did("setIrq " + irq + "=" + level);
  }

  @Override
  public void setMapped(int guestIrq, int hostIrq) {
    vm.lock.assertHeld();
  }

  @Override
  public void clrMapped(int guestIrq, int hostIrq) {
    vm.lock.assertHeld();
  }

  @Override
  public void setXive(int irq, int server, int priority) throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL, "no such source");
  }

  @Override
  public ServerPriority getXive(int irq) {
    return new ServerPriority(7, 5);
  }

  @Override
  public void intOff(int irq) {
    type.did("intOff " + irq);
  }

  @Override
  public void intOn(int irq) {
    type.did("intOn " + irq);
  }

  @Override
  public void clearMapping() {
    type.did("clearMapping");
  }

  @Override
  public void removeDebugfs() {
    type.did("removeDebugfs");
  }

  @Override
  public void cleanUpVcpu(Vcpu vcpu) {
    type.did("cleanUp " + vcpu + (vcpu.mutex.isHeldByCurrentThread() ? " locked" : " unlocked"));
    vcpu.setIrqType(IrqType.DEFAULT);
    vcpu.setPresenter(null);
  }

  @Override
  public void freeSources() {
    type.did("freeSources irqchip=" + (vm.irqchip() == null ? "none" : "there"));
  }

  @Override
  public void freeVpBlock() {
    type.did("freeVpBlock");
  }

  @Override
  public void free() {
    lifetime.free("release");
    type.did("free gate=" + (vm.gate().isClosed() ? "closed" : "open"));
  }
}
