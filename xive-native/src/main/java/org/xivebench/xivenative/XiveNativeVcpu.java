package org.xivebench.xivenative;

import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.XiveVcpu;

/**
 * The presenter of a vCPU in native mode: what the guest has it sees in the TIMA, so there is only
 * what the register of the other mode's presenter, which can be read and written here too, leaves
 * behind. Guarded by {@code Vcpu.mutex}.
 */
final class XiveNativeVcpu extends XiveVcpu {
  /** CPPR as last written to KVM_REG_PPC_ICP_STATE. */
  int icpCppr;

  /** MFRR as last written to KVM_REG_PPC_ICP_STATE; means nothing in this mode. */
  int icpMfrr;

  XiveNativeVcpu(KvmXive xive, XiveNativeDevice device, Vcpu vcpu, int server, int vp) {
    super(xive, device, vcpu, server, vp);
  }
}
