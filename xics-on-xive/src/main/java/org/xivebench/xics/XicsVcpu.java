package org.xivebench.xics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.irqchip.XiveVcpu;
import org.xivebench.xive.EsbSource;

/**
 * A XICS presenter on a XIVE virtual processor: what the guest takes for its ICP.
 *
 * <p>Who touches what: {@code hwCppr} and {@code pending} belong to the vCPU's thread. {@code cppr}
 * is written by it and read by others that send it an IPI; {@code mfrr} is written by anybody. Both
 * are volatile because sender and receiver each write one and then read the other: of H_IPI on one
 * side and H_CPPR, H_XIRR or H_EOI on the other, at least one sees that an interrupt is due.
 *
 * <p>Source: arch/powerpc/kvm/book3s_xive.h, Linux v5.10.
 */
final class XicsVcpu extends XiveVcpu {
  private static final VarHandle CPPR;

  static {
    try {
      CPPR = MethodHandles.lookup().findVarHandle(XicsVcpu.class, "cppr", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The guest's CPPR: what is not more favoured is kept back. */
  volatile int cppr;

  /** Priority of the IPI that somebody asked for, 0xff for none. */
  volatile int mfrr = 0xff;

  /** What the CPPR in the TIMA is, or will be when this vCPU is pushed. */
  int hwCppr;

  /**
   * Priorities acknowledged in the TIMA whose queues have not been seen empty since: 1 &lt;&lt; p.
   */
  int pending;

  /**
   * An interrupt that was presented when the state was saved, until its source is restored; or 0.
   */
  volatile int delayedIrq;

  /** The hardware source that says "look at MFRR again"; 0 while there is none. */
  int vpIpi;

  /** Pages of {@link #vpIpi}. */
  EsbSource vpIpiData;

  /** H_XIRR and H_XIRR_X calls. This and the following are counted by the calling vCPU. */
  long statXirr;

  long statIpoll;
  long statCppr;
  long statEoi;
  long statIpi;

  /**
   * Makes CPPR more favoured, as a fetch does. Who sends an IPI meanwhile and sees the old one does
   * no harm: it wakes this vCPU for nothing. So this waits for no other store.
   */
  void lowerCppr(int priority) {
    CPPR.setRelease(this, priority);
  }

  /** MFRR has changed, and admits: wakes the vCPU. Nothing if it could not be connected. */
  void triggerVpIpi() {
    EsbSource source = vpIpiData;
    if (source != null) {
      source.trigger();
    }
  }

  XicsVcpu(XicsDevice device, Vcpu vcpu, int server, int vp) {
    super(device.xive(), device, vcpu, server, vp);
  }
}
