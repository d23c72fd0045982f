package org.xivebench.kvm;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.xivebench.kvm.uapi.Hcall;

/** A hypervisor call, in a flight recording: its duration is the call's. H_CEDE's is the sleep. */
@Name("org.xivebench.Hypercall")
@Label("Hypercall")
@Category({"xivebench", "vCPU"})
@StackTrace(false)
final class HypercallEvent extends Event {
  @Label("vCPU")
  int vcpu;

  @Label("Mode")
  String mode;

  @Label("Call")
  String call;

  @Label("First Argument")
  long argument;

  @Label("R3")
  long result;

  void commit(Vcpu caller, IrqType callerMode, int opcode, long r4, long code) {
    vcpu = caller.id();
    mode = callerMode.name();
    call = Hcall.nameOf(opcode);
    argument = r4;
    result = code;
    commit();
  }
}
