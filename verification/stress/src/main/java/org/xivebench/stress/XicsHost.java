package org.xivebench.stress;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.irqchip.XiveDevice;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Xive;

/**
 * A VM with a XICS and two vCPUs, servers 0 and 1, which admit everything and are dispatched all
 * the time. It has one source, {@link #SOURCE}, at server 0 and priority {@link #PRIORITY}.
 */
final class XicsHost {
  static final int SOURCE = 16;
  static final int PRIORITY = 5;
  static final int IPI = 2;
  static final int OPEN = 0xff;

  private static final int VCPUS = 2;

  final Device device;
  private final Vm vm;
  private final SourceState source;

  XicsHost() {
    Xive xive = new Xive.Builder().vpCount(8).irqCount(8).build();
    vm = new Vm(VmConfig.DEFAULT.withMemoryBytes(1 << 16), xive);
    try {
      DeviceFile file = vm.createDevice(new XicsDeviceType());
      file.setAttr(
          XicsUapi.KVM_DEV_XICS_GRP_CTRL,
          XicsUapi.KVM_DEV_XICS_NR_SERVERS,
          UserBuffer.ofInt(VCPUS));
      for (int server = 0; server < VCPUS; server++) {
        file.connect(vm.createVcpu(server), KvmUapi.KVM_CAP_IRQ_XICS, server);
      }
      file.setAttr(
          XicsUapi.KVM_DEV_XICS_GRP_SOURCES,
          SOURCE,
          UserBuffer.ofLong(XicsSourceWord.PRIORITY.of(PRIORITY)));
      device = file.device();
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
    source = ((XiveDevice) device).xive().block(SOURCE).state(SOURCE);
    for (int server = 0; server < VCPUS; server++) {
      vcpu(server).tima().pushOsContext(vcpu(server).camWord());
      hcall(server, Hcall.H_CPPR, OPEN);
    }
  }

  private Vcpu vcpu(int server) {
    return vm.vcpus().get(server);
  }

  /** A device sends the source's message. */
  void trigger() {
    source.ipiData.trigger();
  }

  /** PQ of the source. */
  int pq() {
    return source.ipiData.pq();
  }

  void hcall(int server, int opcode, long... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      vcpu(server).setGpr(4 + i, arguments[i]);
    }
    if (device.hypercall(vcpu(server), opcode) != Hcall.H_SUCCESS) {
      throw new AssertionError(Hcall.nameOf(opcode));
    }
  }

  /** H_XIRR: returns what was taken, 0 for nothing. */
  int accept(int server) {
    hcall(server, Hcall.H_XIRR);
    return (int) vcpu(server).gpr(4) & 0xff_ffff;
  }

  /** H_EOI of something that was taken when everything was admitted. */
  void end(int server, int xisr) {
    hcall(server, Hcall.H_EOI, (long) OPEN << 24 | xisr);
  }

  /** The external interrupt input: 0 or 1. */
  int line(int server) {
    return vcpu(server).tima().externalLine() ? 1 : 0;
  }

  /** An RTAS call of KVM's, or anything else that may fail. */
  interface Call {
    void make() throws ErrnoException;
  }

  static void succeed(Call call) {
    try {
      call.make();
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }
}
