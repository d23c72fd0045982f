package org.xivebench.xivenative;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.irqchip.SourceBlock;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.uapi.IcpStateWord;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.xive.OsRingWord;

/**
 * KVM_REG_PPC_ICP_STATE of a vCPU in native mode. The kernel asks only whether a presenter is
 * there, not of which mode, so the register can be read and written here. There is no IPI source in
 * this mode for an MFRR to trigger; kernels store to a page that they never mapped.
 */
final class IcpState {
  /** Numbers up to this are no sources of a XICS guest: none, dummy, IPI. */
  private static final int LAST_RESERVED = 2;

  private IcpState() {}

  static OneReg get(XiveNativeVcpu xc) {
    return OneReg.of(
        IcpStateWord.CPPR.of(xc.icpCppr)
            | IcpStateWord.MFRR.of(xc.icpMfrr)
            | IcpStateWord.PENDING_PRIORITY.of(0xff));
  }

  /** Writes CPPR into the saved state, and sends what the word says is presented. */
  static void set(XiveNativeVcpu xc, long word) throws ErrnoException {
    Vcpu vcpu = xc.vcpu();
    if (vcpu.isPushed()) {
      throw new ErrnoException(Errno.EIO, vcpu + " is in the guest");
    }
    xc.icpCppr = (int) IcpStateWord.CPPR.get(word);
    xc.icpMfrr = (int) IcpStateWord.MFRR.get(word);
    vcpu.setSavedState(OsRingWord.CPPR.set(vcpu.savedState(), xc.icpCppr));
    int xisr = (int) IcpStateWord.XISR.get(word);
    SourceBlock block = xisr > LAST_RESERVED ? xc.xive().block(xisr) : null;
    SourceState state = block == null ? null : block.state(xisr);
    if (state != null && state.valid) {
      state.ipiData.trigger();
    }
  }
}
