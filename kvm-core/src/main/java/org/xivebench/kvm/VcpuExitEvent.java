package org.xivebench.kvm;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An exit of a vCPU to the VMM, in a flight recording: from leaving the guest to being back. */
@Name("org.xivebench.VcpuExit")
@Label("vCPU Exit")
@Category({"xivebench", "vCPU"})
@StackTrace(false)
final class VcpuExitEvent extends Event {
  @Label("vCPU")
  int vcpu;
}
