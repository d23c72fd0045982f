package org.xivebench.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.xive.Xive;

@Timeout(30)
class DeviceFileTest {
  private final FakeDevice.Type type = new FakeDevice.Type("fake", IrqType.XIVE);
  private Vm vm;
  private Vcpu first;
  private Vcpu second;

  @BeforeEach
  void machine() throws ErrnoException {
    make(ReleaseProtocol.GATED);
  }

  private void make(ReleaseProtocol protocol) throws ErrnoException {
    vm = new Vm(VmConfig.DEFAULT.withProtocol(protocol), new Xive.Builder().build());
    first = vm.createVcpu(0);
    second = vm.createVcpu(8);
  }

  @Test
  void close_lastReference_releasesInTheOrderOfTheProtocol() throws ErrnoException {
    DeviceFile file = vm.createDevice(type);
    connect(file);

    file.close();

    assertEquals(
        List.of(
            "create",
            "init",
            "clearMapping",
            "removeDebugfs",
            "cleanUp vcpu0 locked",
            "cleanUp vcpu8 locked",
            "freeSources irqchip=none",
            "freeVpBlock",
            "free gate=open"),
        type.calls);
    assertTrue(file.isReleased());
    assertFalse(vm.gate().isClosed());
  }

  @Test
  void close_mappingLeft_releasesAtItsUnmapping() throws ErrnoException {
    DeviceFile file = vm.createDevice(type);
    DeviceMapping mapping = file.mmap(4, 2);

    file.close();
    assertFalse(file.isReleased());
    assertEquals(Errno.EBADF, errnoOf(() -> file.setAttr(1, 1, UserBuffer.ofInt(1))));

    mapping.close();
    mapping.close();
    assertTrue(file.isReleased());
    assertEquals(1, type.calls.stream().filter(call -> call.startsWith("free gate")).count());
  }

  @Test
  void page_takenAwayWhileItFaults_isAskedForAgain() throws ErrnoException {
    DeviceMapping mapping = vm.createDevice(type).mmap(4, 2);
    type.afterFault = () -> mapping.zap(5, 1);

    var page = mapping.page(1);

    assertEquals(2, type.calls.stream().filter("fault 5"::equals).count());
    assertSame(page, mapping.page(1), "the page that is there now is the one of the second answer");
  }

  @Test
  void close_withVcpuMutexHeld_releasesWhenItIsGivenBack() throws ErrnoException {
    DeviceFile file = vm.createDevice(type);
    connect(file);

    first.lockMutex();
    file.close();
    assertFalse(file.isReleased());

    first.unlockMutex();
    assertTrue(file.isReleased());
  }

  @Test
  void createDevice_whileOneIsThere_isEexistAndLeavesItAlone() throws ErrnoException {
    DeviceFile file = vm.createDevice(type);

    assertEquals(Errno.EEXIST, errnoOf(() -> vm.createDevice(type)));

    assertEquals(file.device(), vm.irqchip());
    file.close();
    DeviceFile again = vm.createDevice(type);
    assertEquals(again.device(), vm.irqchip());
  }

  @Test
  void connect_capabilityOfTheOtherType_isEperm() throws ErrnoException {
    DeviceFile file = vm.createDevice(type);

    assertEquals(Errno.EPERM, errnoOf(() -> file.connect(first, KvmUapi.KVM_CAP_IRQ_XICS, 0)));
    assertEquals(IrqType.DEFAULT, first.irqType());
  }

  @Test
  void mapping_zappedPage_faultsAnew() throws ErrnoException {
    DeviceFile file = vm.createDevice(type);
    DeviceMapping mapping = file.mmap(4, 4);
    assertEquals(6, mapping.page(2).load(first, 0, 8));
    assertEquals(6, mapping.page(2).load(first, 0, 8));
    assertEquals(1, faults("fault 6"));

    mapping.zap(6, 1);

    assertEquals(6, mapping.page(2).load(first, 0, 8));
    assertEquals(2, faults("fault 6"));
  }

  @Test
  void close_withoutFileReferences_releasesUnderAMapping() throws ErrnoException {
    make(ReleaseProtocol.GATED.without(Step.FILE_REFERENCES));
    DeviceFile file = vm.createDevice(type);
    DeviceMapping mapping = file.mmap(4, 2);

    file.close();

    assertTrue(file.isReleased());
    assertThrows(org.xivebench.sync.UseAfterFree.class, () -> mapping.page(0));
  }

  @Test
  void close_withoutVcpuMutex_cleansUpUnlocked() throws ErrnoException {
    make(ReleaseProtocol.GATED.without(Step.VCPU_MUTEX));
    DeviceFile file = vm.createDevice(type);

    file.close();

    assertTrue(type.calls.contains("cleanUp vcpu8 unlocked"), type.calls.toString());
  }

  @Test
  void release_deviceThatThrows_leavesTheGateOpen() throws ErrnoException {
    DeviceFile file = vm.createDevice(type);
    type.failing = "freeSources irqchip=none";

    assertThrows(IllegalStateException.class, file::close);

    assertFalse(vm.gate().isClosed());
    assertFalse(vm.lock.isHeldByCurrentThread());
    assertTrue(file.isReleased());
  }

  @Test
  void irqLine_byLifeOfTheController() throws ErrnoException {
    assertEquals(Errno.ENXIO, errnoOf(() -> vm.irqLine(16, 1)));
    DeviceFile file = vm.createDevice(type);

    assertEquals(0, vm.irqLine(17, 1));
    assertTrue(type.calls.contains("setIrq 17=1"));

    file.close();
    assertEquals(Errno.ENXIO, errnoOf(() -> vm.irqLine(18, 1)));
  }

  @Test
  void oneReg_notConnected_isEnxio() throws ErrnoException {
    DeviceFile file = vm.createDevice(type);
    assertEquals(Errno.ENXIO, errnoOf(() -> second.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE)));

    connect(file);

    assertEquals(
        KvmUapi.KVM_REG_PPC_VP_STATE, second.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE).first());
  }

  private void connect(DeviceFile file) throws ErrnoException {
    file.connect(first, KvmUapi.KVM_CAP_PPC_IRQ_XIVE, 0);
    file.connect(second, KvmUapi.KVM_CAP_PPC_IRQ_XIVE, 8);
  }

  private long faults(String call) {
    return type.calls.stream().filter(call::equals).count();
  }

  private static Errno errnoOf(Call call) {
    return assertThrows(ErrnoException.class, call::run).errno();
  }

  @FunctionalInterface
  private interface Call {
    void run() throws ErrnoException;
  }
}
