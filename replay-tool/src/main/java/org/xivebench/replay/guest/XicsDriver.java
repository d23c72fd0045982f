package org.xivebench.replay.guest;

import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.uapi.Hcall;

/**
 * The driver for XICS: H_XIRR, H_EOI, H_IPI, and RTAS for the sources. Devices have priority 5,
 * IPIs 4, so that an IPI preempts a device's handler.
 *
 * <p>Behaviour as Linux 6.1's sysdev/xics drivers show it in recordings. For an IPI, MFRR is reset
 * before the message is taken, so that one that is sent meanwhile is not missed.
 */
final class XicsDriver implements InterruptDriver {
  static final int DEVICE_PRIORITY = 5;
  static final int IPI_PRIORITY = 4;
  static final int MASKED = 0xff;

  private static final int NO_IPI = 0xff;
  private static final int IPI = 2;
  private static final int XISR_MASK = 0xffffff;

  private final Guest guest;
  private final RtasTokens tokens;

  XicsDriver(Guest guest, RtasTokens tokens) {
    this.guest = guest;
    this.tokens = tokens;
  }

  @Override
  public boolean wantsToAccept(GuestCpu cpu, GuestVcpu vcpu) {
    Frame top = vcpu.top();
    // CPPR decides what preempts; but an IPI's MFRR is reset with interrupts off.
    return (top == null || top.phase != Frame.Phase.ACKNOWLEDGED) && cpu.externalInterrupt();
  }

  @Override
  public void accept(GuestCpu cpu, GuestVcpu vcpu) {
    long code = cpu.hcall(Hcall.H_XIRR);
    if (code != Hcall.H_SUCCESS) {
      guest.events().refused(vcpu + ": H_XIRR gave " + code);
      return;
    }
    int xirr = (int) cpu.vcpu().gpr(4);
    int source = xirr & XISR_MASK;
    if (source == 0) {
      return;
    }
    if (source == IPI) {
      vcpu.beginIpi(Frame.Phase.ACKNOWLEDGED);
    } else if (guest.descriptor(source) != null) {
      vcpu.begin(source);
    } else {
      guest.events().refused(vcpu + " was given the unknown source " + source + " by H_XIRR");
    }
  }

  @Override
  public void advance(GuestCpu cpu, GuestVcpu vcpu, Frame frame) {
    // ACKNOWLEDGED: the only phase of this mode that is neither handling nor done.
    long code = cpu.hcall(Hcall.H_IPI, vcpu.server(), NO_IPI);
    if (code != Hcall.H_SUCCESS) {
      guest.events().refused(vcpu + ": H_IPI on itself gave " + code);
    }
    vcpu.takeIpi(frame);
  }

  @Override
  public void end(GuestCpu cpu, GuestVcpu vcpu, Frame frame) {
    int source = frame.ipi ? IPI : frame.number;
    int cppr = priorityOf(vcpu.below(frame));
    long code = cpu.hcall(Hcall.H_EOI, ((long) cppr << 24) | source);
    if (code != Hcall.H_SUCCESS) {
      guest.events().refused(vcpu + ": H_EOI of source " + source + " gave " + code);
    }
    vcpu.finish(frame);
  }

  /** Returns the CPPR while a frame is handled; null for none. */
  static int priorityOf(Frame frame) {
    return frame == null ? MASKED : frame.ipi ? IPI_PRIORITY : DEVICE_PRIORITY;
  }

  @Override
  public boolean readyToSleep(GuestCpu cpu, GuestVcpu vcpu) {
    return true; // the last H_EOI has let all priorities in
  }

  @Override
  public void sendIpi(GuestCpu cpu, GuestVcpu vcpu, int targetServer) {
    long code = cpu.hcall(Hcall.H_IPI, targetServer, IPI_PRIORITY);
    if (code != Hcall.H_SUCCESS) {
      guest.events().refused(vcpu + ": H_IPI to server " + targetServer + " gave " + code);
    }
    vcpu.taskDone();
  }

  @Override
  public void configure(
      GuestCpu cpu, GuestVcpu vcpu, IrqDescriptor irq, int server, boolean masked) {
    if (masked) {
      if (!irq.masked) {
        rtas(cpu, vcpu, "ibm,int-off", tokens.intOff(), irq.number);
        irq.masked = true;
      }
    } else {
      irq.server = server;
      rtas(cpu, vcpu, "ibm,set-xive", tokens.setXive(), irq.number, server, DEVICE_PRIORITY);
      if (irq.masked) {
        irq.masked = false;
        rtas(cpu, vcpu, "ibm,int-on", tokens.intOn(), irq.number);
      }
    }
    vcpu.taskDone();
  }

  private void rtas(GuestCpu cpu, GuestVcpu vcpu, String name, int token, int... arguments) {
    int[] returns = new int[1];
    long code = cpu.rtas(token, arguments, returns);
    if (code != Hcall.H_SUCCESS || returns[0] != 0) {
      guest
          .events()
          .refused(
              vcpu + ": " + name + " of source " + arguments[0] + " gave status " + returns[0]);
    }
  }

  @Override
  public void bringUp(GuestCpu cpu, GuestVcpu vcpu) {
    long reset = cpu.hcall(Hcall.H_IPI, vcpu.server(), NO_IPI);
    long opened = cpu.hcall(Hcall.H_CPPR, MASKED);
    if (reset != Hcall.H_SUCCESS || opened != Hcall.H_SUCCESS) {
      guest.events().refused(vcpu + ": could not set up its presenter");
    }
    vcpu.taskDone();
  }
}
