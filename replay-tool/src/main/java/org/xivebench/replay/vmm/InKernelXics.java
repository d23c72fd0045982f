package org.xivebench.replay.vmm;

import java.util.List;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.IcpStateWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.kvm.uapi.XicsUapi;

/**
 * KVM's XICS as a VMM drives it: RTAS tokens, attributes, registers and KVM_IRQ_LINE.
 *
 * <p>Source: Documentation/virt/kvm/devices/xics.rst, Linux v5.10; the order of calls as QEMU 7.2
 * makes them.
 */
final class InKernelXics implements InKernelController {
  private static final int MASKED = 0xff;

  private static final long IDLE_ICP =
      IcpStateWord.MFRR.of(MASKED) | IcpStateWord.PENDING_PRIORITY.of(MASKED);

  private final Vm vm;
  private final DeviceFile file;

  private InKernelXics(Vm vm, DeviceFile file) {
    this.vm = vm;
    this.file = file;
  }

  /**
   * Defines the RTAS tokens, creates the device, connects every vCPU, sets all sources and then the
   * presentation state of every vCPU.
   *
   * @param servers the server number of each vCPU
   * @throws ErrnoException what one of the calls gave; then nothing is left
   */
  static InKernelXics connect(
      Vm vm, DeviceType type, InterruptMap interrupts, List<Integer> servers)
      throws ErrnoException {
    InKernelXics xics;
    try {
      for (RtasService service : RtasService.values()) {
        vm.defineRtasToken(service.rtasName(), RtasToken.of(service).number());
      }
      xics = new InKernelXics(vm, vm.createDevice(type));
    } catch (ErrnoException | RuntimeException | Error e) {
      undefineTokens(vm);
      throw e;
    }
    try {
      InKernelXive.setServerCount(
          xics.file,
          XicsUapi.KVM_DEV_XICS_GRP_CTRL,
          XicsUapi.KVM_DEV_XICS_NR_SERVERS,
          interrupts.ipiCount());
      for (int i = 0; i < servers.size(); i++) {
        vm.vcpus().get(i).enableCap(type.connectCapability(), 0, xics.file, servers.get(i));
      }
      for (MachineSource source : interrupts.deviceSources()) {
        if (source.isClaimed()) {
          xics.claim(source);
        }
      }
      for (int i = 0; i < servers.size(); i++) {
        vm.vcpus().get(i).setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, OneReg.of(IDLE_ICP));
      }
    } catch (ErrnoException | RuntimeException | Error e) {
      InKernelController.disconnectAfter(e, xics);
      throw e;
    }
    return xics;
  }

  /** Closes the descriptor, then takes the RTAS tokens back. */
  @Override
  public void disconnect() {
    try {
      file.close();
    } finally {
      undefineTokens(vm);
    }
  }

  private static void undefineTokens(Vm vm) {
    for (RtasService service : RtasService.values()) {
      try {
        vm.defineRtasToken(service.rtasName(), 0);
      } catch (ErrnoException e) {
        throw new AssertionError("undefining a token never fails", e);
      }
    }
  }

  @Override
  public DeviceFile file() {
    return file;
  }

  @Override
  public IrqType mode() {
    return IrqType.XICS;
  }

  @Override
  public void claim(MachineSource source) throws ErrnoException {
    long word = XicsSourceWord.PRIORITY.of(MASKED) | XicsSourceWord.MASKED.mask();
    if (source.isLsi()) {
      word |= XicsSourceWord.LEVEL_SENSITIVE.mask();
      if (source.isAsserted()) {
        word |= XicsSourceWord.PENDING.mask();
      }
    }
    file.setAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, source.number(), UserBuffer.ofLong(word));
  }

  @Override
  public void free(MachineSource source) {
    // KVM has no call for it.
  }

  @Override
  public void trigger(MachineSource source) throws ErrnoException {
    int unusedStatus = vm.irqLine(source.number(), KvmUapi.KVM_INTERRUPT_SET);
  }

  @Override
  public void driveLine(MachineSource source) throws ErrnoException {
    int level = source.isAsserted() ? KvmUapi.KVM_INTERRUPT_SET_LEVEL : KvmUapi.KVM_INTERRUPT_UNSET;
    int unusedStatus = vm.irqLine(source.number(), level);
  }
}
