package org.xivebench.xivenative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.SourceBlock;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.xive.Opal;
import org.xivebench.xive.Xive;

/**
 * A VM with two vCPUs and a native device; the second vCPU is not server 1, but {@link #SERVER_B}.
 */
final class NativeMachine {
  static final int SERVER_A = 5;
  static final int SERVER_B = 18;
  static final long QUEUE_A = 0x20000;
  static final long QUEUE_B = 0x50000;

  final XiveNativeDeviceType type = new XiveNativeDeviceType();
  final Xive host;
  final Opal opal;
  final Vm vm;
  final Vcpu a;
  final Vcpu b;
  DeviceFile file;

  NativeMachine() {
    this(VmConfig.DEFAULT, new Xive.Builder().build());
  }

  NativeMachine(VmConfig config, Xive host) {
    this.host = host;
    this.opal = host.opal();
    this.vm = new Vm(config.withMemoryBytes(1 << 20), host);
    try {
      a = vm.createVcpu(0);
      b = vm.createVcpu(1);
      file = vm.createDevice(type);
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  /** Connects both vCPUs. */
  NativeMachine connected() throws ErrnoException {
    connect(a, SERVER_A);
    connect(b, SERVER_B);
    return this;
  }

  void connect(Vcpu vcpu, int server) throws ErrnoException {
    file.connect(vcpu, KvmUapi.KVM_CAP_PPC_IRQ_XIVE, server);
  }

  /** Connects both vCPUs and gives each a queue: A at priority 6, B at priority 4. */
  NativeMachine withQueues() throws ErrnoException {
    connected();
    setEq(SERVER_A, 6, EqConfig.fresh(16, QUEUE_A));
    setEq(SERVER_B, 4, EqConfig.fresh(16, QUEUE_B));
    return this;
  }

  void setEq(int server, int priority, EqConfig eq) throws ErrnoException {
    file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG, EqIdWord.of(server, priority), eq.toBuffer());
  }

  EqConfig getEq(int server, int priority) throws ErrnoException {
    UserBuffer user = UserBuffer.ofSize(EqConfig.SIZE_BYTES);
    file.getAttr(XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG, EqIdWord.of(server, priority), user);
    return EqConfig.read(user);
  }

  void source(long irq, long word) throws ErrnoException {
    file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_SOURCE, irq, UserBuffer.ofLong(word));
  }

  void route(long irq, int server, int priority, int eisn) throws ErrnoException {
    sourceConfig(irq, SourceConfigWord.of(priority, server, eisn));
  }

  void sourceConfig(long irq, long word) throws ErrnoException {
    file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_CONFIG, irq, UserBuffer.ofLong(word));
  }

  void control(int attr) throws ErrnoException {
    file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_CTRL, attr, UserBuffer.unreadable());
  }

  /** Maps the ESB pages of the first sources, and the TIMA. */
  void map() throws ErrnoException {
    DeviceMapping esb = file.mmap(XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET, 64);
    vm.guestIo().map(esb, file.mmap(XiveUapi.KVM_XIVE_TIMA_PAGE_OFFSET, 4));
  }

  void unmap() {
    DeviceMapping esb = vm.guestIo().esb();
    DeviceMapping tima = vm.guestIo().tima();
    vm.guestIo().map(null, null);
    esb.close();
    tima.close();
  }

  long esbLoad(int source, int offset) {
    return vm.guestIo().esb().page(2 * source + 1).load(a, offset, 8);
  }

  void trigger(int source) {
    vm.guestIo().esb().page(2 * source).store(a, 0, 8, 0);
  }

  /** Injects an edge, and tells what the device says: the kernel keeps that to itself. */
  void inject(int irq) throws ErrnoException {
    file.device().setIrq(irq, 1);
  }

  /** The entry of a queue, as the guest reads it. */
  int entry(long queue, int index) {
    return vm.memory().readInt(queue + 4L * index);
  }

  String debugfs() {
    try {
      return vm.debugfs().open(vm.debugfs().paths().get(0)).read();
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  /** Everything that a refused call must leave alone, as text. */
  String snapshot() {
    StringBuilder text = new StringBuilder(debugfs());
    for (Vcpu vcpu : vm.vcpus()) {
      text.append(vcpu.irqType()).append(vcpu.presenter()).append(vcpu.camWord());
      text.append(' ').append(vcpu.savedState()).append(vcpu.escEsb()).append('\n');
    }
    for (int server : new int[] {SERVER_A, SERVER_B}) {
      for (int priority = 0; priority < 7; priority++) {
        try {
          text.append(getEq(server, priority)).append('\n');
        } catch (ErrnoException e) {
          text.append(e.errno()).append('\n');
        }
      }
    }
    text.append(opal.allocatedIrqCount()).append(' ').append(opal.allocatedVpBlockCount());
    return text.toString();
  }

  /**
   * The whole state of the VM and its host. States of sources come into being when they are looked
   * at, which is no change: those that are named are there.
   */
  StateDump dump(int... irqs) {
    for (int irq : irqs) {
      SourceBlock block = xive().block(irq);
      SourceState unusedThere = block == null ? null : block.state(irq);
    }
    return StateDump.of(vm.memory(), host, xive(), vm);
  }

  private KvmXive xive() {
    return ((XiveNativeDevice) file.device()).xive();
  }

  static void assertErrno(Errno expected, Executable call) {
    assertEquals(expected, assertThrows(ErrnoException.class, call).errno());
  }
}
