package org.xivebench.itest.third;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.device.Presenter;
import org.xivebench.kvm.device.StateCarrier;

/**
 * A backend whose devices do next to nothing, and throw in the one call that a system property
 * names. A guest that is quiet can be on it: what was restored is captured again. All in one class,
 * for it is packed alone.
 */
public final class BrokenBackend
    implements DeviceType, StateCarrier, InvocationHandler, Presenter, BundleActivator {
  /** Its name. */
  public static final String NAME = "broken";

  /** The system property that names the call that throws. */
  public static final String BREAKING = "xivebench.itest.breaking";

  private Device device;
  private InterruptState carried;

  private static void did(String call) {
    if (call.equals(System.getProperty(BREAKING))) {
      throw new IllegalStateException(call + " is broken");
    }
  }

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
    return NAME;
  }

  @Override
  public String opsName() {
    return "kvm-broken";
  }

  @Override
  public int type() {
    return 98;
  }

  @Override
  public IrqType irqType() {
    return IrqType.XICS;
  }

  @Override
  public int connectCapability() {
    return 98;
  }

  @Override
  public Device create(Vm vm) throws ErrnoException {
    device =
        (Device)
            Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Device.class}, this);
    vm.publishIrqchip(device);
    did("create");
    return device;
  }

  /** A call of the device. */
  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) {
    did(method.getName());
    switch (method.getName()) {
      case "deviceType" -> {
        return this;
      }
      case "connectVcpu" -> {
        Vcpu vcpu = (Vcpu) arguments[0];
        vcpu.setPresenter(this);
        vcpu.setIrqType(IrqType.XICS);
        return null;
      }
      case "cleanUpVcpu" -> {
        Vcpu vcpu = (Vcpu) arguments[0];
        vcpu.setIrqType(IrqType.DEFAULT);
        vcpu.setPresenter(null);
        return null;
      }
      case "hashCode" -> {
        return System.identityHashCode(proxy);
      }
      case "equals" -> {
        return proxy == arguments[0];
      }
      default -> {
        return method.getReturnType() == long.class ? 0L : null;
      }
    }
  }

  @Override
  public int serverNumber() {
    return 0;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public StateCarrier carrier() {
    return this;
  }

  @Override
  public InterruptState capture(Vm vm, DeviceFile file, GuestContext guest) {
    did("capture");
    return carried;
  }

  @Override
  public void restore(Vm vm, DeviceFile file, GuestContext guest, InterruptState state) {
    carried = state;
    did("restore");
  }
}
