package org.xivebench.kvm.swap;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.xivebench.kvm.Vm;

/** A swap, in a flight recording. Its duration is the pause of the vCPUs. */
@Name("org.xivebench.Swap")
@Label("Backend Swap")
@Category({"xivebench", "Swap"})
@StackTrace(false)
final class SwapEvent extends Event {
  @Label("VM")
  String vm;

  @Label("From")
  String from;

  @Label("To")
  String to;

  @Label("Stop vCPUs")
  @Timespan
  long stopVcpus;

  @Label("Hold Injection")
  @Timespan
  long holdInjection;

  @Label("Capture")
  @Timespan
  long capture;

  @Label("Release")
  @Timespan
  long release;

  @Label("Create and Restore")
  @Timespan
  long restore;

  @Label("Flush and Reopen")
  @Timespan
  long reopen;

  @Label("Held Interrupts")
  int heldInterrupts;

  void fill(Vm machine, SwapReport report) {
    vm = machine.toString();
    from = report.from();
    to = report.to();
    stopVcpus = report.stepNanos().getOrDefault(SwapStep.STOP_VCPUS, 0L);
    holdInjection = report.stepNanos().getOrDefault(SwapStep.HOLD_INJECTION, 0L);
    capture = report.stepNanos().getOrDefault(SwapStep.CAPTURE, 0L);
    release = report.stepNanos().getOrDefault(SwapStep.RELEASE, 0L);
    restore = report.stepNanos().getOrDefault(SwapStep.RESTORE, 0L);
    reopen = report.stepNanos().getOrDefault(SwapStep.REOPEN, 0L);
    heldInterrupts = report.heldInterrupts();
  }
}
