package org.xivebench.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.xive.Xive;

/** The rules that hold for the ioctls of every VM, vCPU and device. */
class IoctlTest {
  private static final int NO_TYPE = 7;
  private static final int OTHER_FLAGS = ~KvmUapi.KVM_CREATE_DEVICE_TEST;
  private static final int HOST_IRQS = 2000;

  private final Xive host = new Xive.Builder().build();
  private final FakeDevice.Type xive = new FakeDevice.Type("fake-xive", IrqType.XIVE);
  private final FakeDevice.Type xics = new FakeDevice.Type("fake-xics", IrqType.XICS);
  private final List<FakeDevice.Type> registered = List.of(xics, xive);
  private Vm vm;
  private Vcpu vcpu;

  @BeforeEach
  void machine() throws ErrnoException {
    vm = new Vm(VmConfig.DEFAULT, host);
    vcpu = vm.createVcpu(0);
  }

  @FunctionalInterface
  private interface Call {
    void run() throws ErrnoException;
  }

  private static void assertErrno(Errno expected, Call call) {
    assertEquals(expected, assertThrows(ErrnoException.class, call::run).errno());
  }

  private Optional<DeviceFile> create(int type, int flags) throws ErrnoException {
    return vm.createDevice(registered, type, flags);
  }

  // ---- KVM_CREATE_VCPU

  @Test
  void createVcpu_numberOutOfRange_isEinval_oneInUseEexist() throws ErrnoException {
    for (int id : new int[] {-1, KvmUapi.KVM_MAX_VCPU_ID, Integer.MAX_VALUE}) {
      assertErrno(Errno.EINVAL, () -> assertNull(vm.createVcpu(id)));
    }
    assertErrno(Errno.EEXIST, () -> assertNull(vm.createVcpu(0)));
    assertEquals(List.of(vcpu), vm.vcpus());
    assertEquals(16383, vm.createVcpu(KvmUapi.KVM_MAX_VCPU_ID - 1).id());
  }

  @Test
  void createVcpu_asManyAsThereCanBe_isEinvalBeforeEexist() throws ErrnoException {
    for (int id = 1; id < 2048; id++) {
      assertEquals(id, vm.createVcpu(id).id());
    }
    assertErrno(Errno.EINVAL, () -> assertNull(vm.createVcpu(2048)));
    assertErrno(Errno.EINVAL, () -> assertNull(vm.createVcpu(0)));
  }

  // ---- KVM_CREATE_DEVICE

  @Test
  void createDevice_byNumber_makesThatType() throws ErrnoException {
    DeviceFile file = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();

    assertEquals(xive, file.device().deviceType());
    assertEquals(List.of(), xics.calls);
  }

  @Test
  void createDevice_test_answersAndMakesNothing() throws ErrnoException {
    assertEquals(
        Optional.empty(), create(KvmUapi.KVM_DEV_TYPE_XIVE, KvmUapi.KVM_CREATE_DEVICE_TEST));
    assertEquals(List.of(), xive.calls);
    assertNull(vm.irqchip());

    DeviceFile there = create(KvmUapi.KVM_DEV_TYPE_XICS, 0).orElseThrow();
    assertEquals(Optional.empty(), create(KvmUapi.KVM_DEV_TYPE_XIVE, -1), "not even EEXIST");
    assertEquals(there.device(), vm.irqchip());
  }

  @Test
  void createDevice_unknownType_isEnodev_alsoWhenOnlyAsked() {
    for (int type : new int[] {NO_TYPE, 1 << 20, -1}) {
      assertErrno(Errno.ENODEV, () -> create(type, 0));
      assertErrno(Errno.ENODEV, () -> create(type, KvmUapi.KVM_CREATE_DEVICE_TEST));
    }
    assertNull(vm.irqchip());
  }

  @Test
  void createDevice_flagsThatMeanNothing_areIgnored() throws ErrnoException {
    DeviceFile file = create(KvmUapi.KVM_DEV_TYPE_XIVE, OTHER_FLAGS).orElseThrow();

    assertEquals(file.device(), vm.irqchip());
    assertErrno(Errno.EEXIST, () -> create(KvmUapi.KVM_DEV_TYPE_XICS, OTHER_FLAGS));
  }

  // ---- device files

  /** A device that has nothing which a device may lack. */
  private DeviceFile bare() throws ErrnoException {
    InvocationHandler nothing =
        (proxy, method, arguments) ->
            method.isDefault() ? InvocationHandler.invokeDefault(proxy, method, arguments) : null;
    Device device =
        (Device)
            Proxy.newProxyInstance(
                Device.class.getClassLoader(),
                new Class<?>[] {Device.class},
                (proxy, method, arguments) ->
                    method.getName().equals("deviceType")
                        ? xive
                        : nothing.invoke(proxy, method, arguments));
    return new DeviceFile(vm, device);
  }

  @Test
  void attributes_ofADeviceWithoutThem_areEperm() throws ErrnoException {
    DeviceFile file = bare();

    assertErrno(Errno.EPERM, () -> file.setAttr(1, 1, UserBuffer.unreadable()));
    assertErrno(Errno.EPERM, () -> file.getAttr(1, 1, UserBuffer.unreadable()));
    assertErrno(Errno.EPERM, () -> file.hasAttr(1, 1));
  }

  @Test
  void mmap_ofADeviceWithoutPages_isEnodev() throws ErrnoException {
    DeviceFile file = bare();

    assertErrno(Errno.ENODEV, () -> file.mmap(0, 1).close());
    assertEquals(List.of(), file.mappings());
  }

  @Test
  void ioctl_byNumber_reachesItsOperation() throws ErrnoException {
    DeviceFile file = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();

    file.ioctl(0x8018aee1, 2, 3, UserBuffer.unreadable());
    file.ioctl(0x8018aee2, 4, 5, UserBuffer.unreadable());
    assertErrno(Errno.ENXIO, () -> file.ioctl(0x8018aee3, 6, 7, UserBuffer.unreadable()));

    assertEquals(List.of("setAttr 2/3", "getAttr 4/5"), xive.calls.subList(2, 4));
  }

  @Test
  void ioctl_unknown_isEnotty() throws ErrnoException {
    DeviceFile file = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();

    assertErrno(Errno.ENOTTY, () -> file.ioctl(0x2000ae80, 1, 1, UserBuffer.unreadable()));
    assertEquals(2, xive.calls.size(), "create and init");
  }

  // ---- registers

  @Test
  void oneReg_unknown_isEinvalBeforeEnxio() {
    assertErrno(Errno.EINVAL, () -> assertNull(vcpu.getOneReg(0x103000000000008bL)));
    assertErrno(Errno.EINVAL, () -> vcpu.setOneReg(0x104000000000008eL, OneReg.of(0)));
    assertErrno(Errno.ENXIO, () -> assertNull(vcpu.getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE)));
    assertErrno(Errno.ENXIO, () -> vcpu.setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, OneReg.of(0)));
  }

  // ---- interrupt lines

  @Test
  void irqLineAndIrqfd_withoutController_areEnxioAndEagain() {
    assertErrno(Errno.ENXIO, () -> assertEquals(0, vm.irqLine(16, 1)));
    assertErrno(Errno.EAGAIN, () -> vm.assignIrqfd("eventfd", 16, false).deassign());
  }

  @Test
  void irqfd_ofABoundEventfd_isEbusyUntilItIsUnbound() throws ErrnoException {
    DeviceFile unusedFile = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();
    Irqfd first = vm.assignIrqfd("eventfd", 16, false);

    assertErrno(Errno.EBUSY, () -> vm.assignIrqfd("eventfd", 17, false).deassign());
    first.deassign();

    assertEquals(17, vm.assignIrqfd("eventfd", 17, false).gsi());
  }

  // ---- KVM_ENABLE_CAP

  @Test
  void enableCap_ofADeviceWithACapabilityOfItsOwn_connectsWithThatOne() throws ErrnoException {
    xive.capability = 98;
    DeviceFile file = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();

    assertErrno(Errno.EINVAL, () -> vcpu.enableCap(98, 0, null, 0));
    assertErrno(Errno.EINVAL, () -> vcpu.enableCap(99, 0, file, 0));
    assertErrno(Errno.EPERM, () -> vcpu.enableCap(KvmUapi.KVM_CAP_PPC_IRQ_XIVE, 0, file, 0));
    assertEquals(IrqType.DEFAULT, vcpu.irqType());

    vcpu.enableCap(98, 0, file, 0);
    assertEquals(IrqType.XIVE, vcpu.irqType());
  }

  // ---- a VM that KVM has given up

  @Test
  void brokenVm_everyIoctl_isEioBeforeAllElse() throws ErrnoException {
    DeviceFile file = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();
    vm.setBroken();

    assertErrno(Errno.EIO, () -> create(NO_TYPE, 0));
    assertErrno(Errno.EIO, () -> vm.createDevice(xive).close());
    assertErrno(Errno.EIO, () -> assertNull(vm.createVcpu(-1)));
    assertErrno(Errno.EIO, () -> assertEquals(0, vm.irqLine(16, 1)));
    assertErrno(Errno.EIO, () -> vm.assignIrqfd("eventfd", 16, false).deassign());
    assertErrno(Errno.EIO, () -> vm.defineRtasToken("no such", 1));
    assertErrno(Errno.EIO, () -> vcpu.enableCap(0, 1, null, 0));
    assertErrno(Errno.EIO, () -> assertNull(vcpu.getOneReg(0)));
    assertErrno(Errno.EIO, () -> vcpu.setOneReg(0, OneReg.of(0)));
    assertErrno(Errno.EIO, () -> file.ioctl(0, 0, 0, UserBuffer.unreadable()));
    assertErrno(Errno.EIO, () -> file.setAttr(0, 0, UserBuffer.unreadable()));
    assertErrno(Errno.EIO, () -> file.getAttr(0, 0, UserBuffer.unreadable()));
    assertErrno(Errno.EIO, () -> file.hasAttr(0, 0));
    assertEquals(2, xive.calls.size(), "create and init");

    file.close();
    assertTrue(file.isReleased());
  }

  // ---- pass-through

  @Test
  void setMapped_1025thGuestInterrupt_isEagain_butEntriesAreUsedAgain() throws ErrnoException {
    DeviceFile unusedFile = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();
    for (int irq = 0; irq < HOST_IRQS; irq++) {
      assertFalse(host.hasSource(irq));
      assertTrue(host.hasSource(host.defineSource(irq, 0).hwIrq()));
    }
    for (int irq = 0; irq < 1024; irq++) {
      vm.setMapped(5000 + irq, irq);
    }

    assertErrno(Errno.EAGAIN, () -> vm.setMapped(6024, 1024));
    assertErrno(Errno.EINVAL, () -> vm.setMapped(5000, 1024), "it has a route: looked up first");
    vm.clrMapped(5000, 0);
    assertErrno(Errno.EAGAIN, () -> vm.setMapped(6024, 1024), "an entry belongs to its interrupt");
    vm.setMapped(5000, 1024);
  }

  @Test
  void setMapped_andClrMapped_withoutHostInterrupt_areEioBeforeAllElse() {
    assertErrno(Errno.EIO, () -> vm.setMapped(5000, 1));
    assertErrno(Errno.EIO, () -> vm.clrMapped(5000, 1));
    assertTrue(host.hasSource(host.defineSource(1, 0).hwIrq()));
    assertErrno(Errno.ENODEV, () -> vm.clrMapped(5000, 1), "never passed through");
    assertErrno(Errno.ENODEV, () -> vm.setMapped(5000, 1), "no controller");
  }

  @Test
  void setMapped_ofAControllerThatWasClosed_hasToBeTakenBackFirst() throws ErrnoException {
    assertTrue(host.hasSource(host.defineSource(1, 0).hwIrq()));
    DeviceFile first = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();
    vm.setMapped(5000, 1);
    first.close();

    assertErrno(Errno.EINVAL, () -> vm.setMapped(5000, 1));
    assertErrno(Errno.ENODEV, () -> vm.clrMapped(5000, 1), "told, and forgotten all the same");

    DeviceFile unusedNext = create(KvmUapi.KVM_DEV_TYPE_XIVE, 0).orElseThrow();
    vm.setMapped(5000, 1);
  }

  private static void assertErrno(Errno expected, Call call, String why) {
    assertEquals(expected, assertThrows(ErrnoException.class, call::run).errno(), why);
  }
}
