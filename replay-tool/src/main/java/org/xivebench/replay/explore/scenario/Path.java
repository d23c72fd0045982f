package org.xivebench.replay.explore.scenario;

/**
 * A way into the code of an interrupt controller, as docs/release.md numbers them: all of them must
 * be kept out while the controller is released.
 */
public enum Path {
  P1("guest entry: push"),
  P2("guest exit: pull"),
  P3("XICS hypercalls on the own vCPU"),
  P4("XICS hypercalls that reach another vCPU"),
  P5("one_reg get and set"),
  P6("connect_vcpu"),
  P7("attributes: set, get, has"),
  P8("mmap"),
  P9("ESB and TIMA page faults"),
  P10("release again"),
  P11("creation of a device of the same or the other type"),
  P12("set_mapped and clr_mapped"),
  P13("debugfs reads"),
  P14("the escalation handler"),
  P15("RTAS calls"),
  P16("interrupt injection: KVM_IRQ_LINE and irqfd"),
  P17("H_CEDE: arming the escalation, and sleep"),
  P18("vCPU destruction"),
  P19("irq-bypass re-registration"),
  P20("readers of all vCPUs: RESET, EQ_SYNC, provisioning");

  private final String description;

  Path(String description) {
    this.description = description;
  }

  /** Returns what enters, in a few words. */
  public String description() {
    return description;
  }
}
