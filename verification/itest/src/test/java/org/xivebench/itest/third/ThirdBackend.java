package org.xivebench.itest.third;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.StateCarrier;

/** A backend that is found and listed; no VM in these tests asks it for a device. */
public final class ThirdBackend implements DeviceType, BundleActivator {
  @Override
  public void start(BundleContext context) {
    context.registerService(DeviceType.class, this, null);
  }

  @Override
  public void stop(BundleContext context) {
    // The framework takes the service away with the bundle.
  }

  @Override
  public String name() {
    return "third";
  }

  @Override
  public String opsName() {
    return "kvm-third";
  }

  @Override
  public int type() {
    return 99;
  }

  @Override
  public IrqType irqType() {
    return IrqType.DEFAULT;
  }

  @Override
  public int connectCapability() {
    return 0;
  }

  @Override
  public Device create(Vm vm) throws ErrnoException {
    throw new ErrnoException(Errno.ENOMEM, "this backend is there to be listed");
  }

  @Override
  public StateCarrier carrier() {
    throw new UnsupportedOperationException("this backend makes no device");
  }
}
