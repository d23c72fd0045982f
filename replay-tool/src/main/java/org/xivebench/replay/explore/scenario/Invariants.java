package org.xivebench.replay.explore.scenario;

import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.StuckReport;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.replay.explore.BrokenRule;
import org.xivebench.sync.InvariantReport;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.Opal;

/**
 * What must hold at the end of a scenario: the invariants of release as docs/release.md numbers
 * them. Those that speak of the moment in which something is freed are checked there, by the
 * devices.
 */
final class Invariants {
  private Invariants() {}

  /**
   * Nothing was used after it was freed, also where nobody saw the exception, and what must hold in
   * the moment in which something is freed did.
   */
  static void checkReports() {
    for (UseAfterFree report : Lifetime.reports()) {
      throw report;
    }
    for (InvariantReport report : org.xivebench.sync.Invariants.reports()) {
      throw new BrokenRule(BrokenRule.Kind.INVARIANT, report.toString());
    }
  }

  /** The last reference has released the device. */
  static void checkReleased(DeviceFile file) {
    if (!file.isReleased()) {
      throw broken("I7", file + " was not released");
    }
  }

  /** No device is left, and nothing of one. */
  static void checkAfterRelease(Vm vm) {
    checkReports();
    if (vm.gate().isClosed()) {
      throw new AssertionError("the gate was left closed");
    }
    if (vm.irqchip() != null) {
      throw broken("I7", "the VM has a controller, but no device");
    }
    for (Vcpu vcpu : vm.vcpus()) {
      if (vcpu.irqType() != IrqType.DEFAULT || vcpu.presenter() != null || vcpu.isPushed()) {
        throw broken("I5", vcpu + " is still connected");
      }
      if (vcpu.isEscOn() && vcpu.escEsb() == null) {
        throw broken("I6", vcpu + "'s escalation is on without an ESB");
      }
    }
    for (StuckReport report : vm.stuckReports()) {
      throw new BrokenRule(BrokenRule.Kind.LONG_WAIT, report.toString());
    }
    if (vm.memory().pageReferences() != 0) {
      throw new AssertionError(
          vm.memory().pageReferences() + " references to pages of the guest were leaked");
    }
    Opal opal = vm.host().opal();
    if (opal.allocatedIrqCount() != 0 || opal.allocatedVpBlockCount() != 0) {
      throw broken(
          "I3",
          opal.allocatedIrqCount()
              + " interrupts and "
              + opal.allocatedVpBlockCount()
              + " VP blocks were leaked");
    }
  }

  /** A device has just been connected: no event of an earlier life shows. */
  static void checkFresh(Vm vm) {
    for (Vcpu vcpu : vm.vcpus()) {
      if (vcpu.presenter() != null && vcpu.savedState() != Vcpu.INITIAL_SAVED_STATE) {
        throw broken("I10", vcpu + " begins with the state of an earlier life");
      }
      if ((vcpu.presenter() == null) != (vcpu.irqType() == IrqType.DEFAULT)) {
        throw broken("I5", vcpu + " is of type " + vcpu.irqType());
      }
    }
  }

  private static AssertionError broken(String invariant, String what) {
    return new AssertionError(invariant + ": " + what);
  }
}
