package org.xivebench.xics;

import org.osgi.service.component.annotations.Component;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.StateCarrier;
import org.xivebench.kvm.uapi.KvmUapi;

/** KVM_DEV_TYPE_XICS on a host with XIVE: {@code kvm_xive_ops} of the kernel. */
@Component(immediate = true)
public final class XicsDeviceType implements DeviceType {
  private final StateCarrier carrier = new XicsStateCarrier();

  @Override
  public String name() {
    return "xics-on-xive";
  }

  @Override
  public String opsName() {
    return "kvm-xive";
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
    return XicsDevice.create(this, vm);
  }

  @Override
  public StateCarrier carrier() {
    return carrier;
  }
}
