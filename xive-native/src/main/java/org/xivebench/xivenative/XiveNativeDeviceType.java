package org.xivebench.xivenative;

import org.osgi.service.component.annotations.Component;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.StateCarrier;
import org.xivebench.kvm.uapi.KvmUapi;

/** KVM_DEV_TYPE_XIVE: {@code kvm_xive_native_ops} of the kernel. */
@Component(immediate = true)
public final class XiveNativeDeviceType implements DeviceType {
  private final StateCarrier carrier = new XiveNativeStateCarrier();

  /** Made by the component runtime. */
  public XiveNativeDeviceType() {}

  @Override
  public String name() {
    return "xive-native";
  }

  @Override
  public String opsName() {
    return "kvm-xive-native";
  }

  @Override
  public int type() {
    return KvmUapi.KVM_DEV_TYPE_XIVE;
  }

  @Override
  public IrqType irqType() {
    return IrqType.XIVE;
  }

  @Override
  public int connectCapability() {
    return KvmUapi.KVM_CAP_PPC_IRQ_XIVE;
  }

  @Override
  public Device create(Vm vm) throws ErrnoException {
    return XiveNativeDevice.create(this, vm);
  }

  @Override
  public StateCarrier carrier() {
    return carrier;
  }
}
