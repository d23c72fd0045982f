package org.xivebench.kvm;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A change of the devices' behaviour between one kernel and the next, apart from release, whose
 * steps are the protocol's. A VM has the fixes of its {@link KernelVersion}, and each can be taken
 * back or put in alone.
 *
 * <p>Source: the commits, in Linux' arch/powerpc/kvm and arch/powerpc/sysdev/xive.
 */
public enum KernelFix {
  /** Source blocks, connect and provisioning take {@code xive->lock}, no longer kvm->lock. */
  XIVE_LOCK("7e10b9a6da61", KernelVersion.V52, "xive->lock nests inside vcpu->mutex"),
  /** The first run of a guest with a hashed page table takes a lock of its own. */
  MMU_SETUP_LOCK("0d4ee88d9288", KernelVersion.V52, "MMU setup does not take kvm->lock"),
  /** RTAS calls take a lock of their own. */
  RTAS_TOKEN_LOCK("1659e27d2bc1", KernelVersion.V52, "RTAS calls do not take kvm->lock"),
  /** EQ_CONFIG with size 0 takes a queue away, whatever its flags. */
  EQ_RESET_FLAGS(
      "Do not test the EQ flag validity when resetting",
      KernelVersion.V52,
      "a queue can be taken away without flags"),
  /** The native device accepts server numbers up to the stride's. */
  SERVER_LIMIT(
      "Fix the enforced limit on the vCPU identifier",
      KernelVersion.V52,
      "server numbers of guests with a stride are accepted"),
  /** The ESB pages that pass-through takes away are those of the source. */
  ESB_PAGE_OFFSET(
      "Fix page offset when clearing ESB pages",
      KernelVersion.V52,
      "set_mapped takes the right pages away"),
  /** Release leaves the mapping of a host's interrupt that was passed through. */
  HOST_IRQ_DATA(
      "Do not clear IRQ data of passthrough interrupts",
      KernelVersion.V52,
      "the host keeps its pages of an interrupt that was passed through"),
  /** An H_CEDE that is given up re-arms with PQ 10. */
  CEDE_ABORT("959c5d513478", KernelVersion.V54, "an aborted H_CEDE does not arm twice"),
  /** Freeing an escalation waits for its events in the host's queue too. */
  STALE_P("da15c03b047d", KernelVersion.V54, "free_irq waits for queued events"),
  /** Entry pushes nothing for a vCPU without a CAM word. */
  CAM_TEST("8d4ba9c931bc", KernelVersion.V54, "entry pushes only what is connected"),
  /** Connect looks for another vCPU with the same VP, not with the same number. */
  VP_IN_USE("12ade69c1eb9", KernelVersion.V54, "two vCPUs never share a VP"),
  /** A device becomes the controller when nothing more can fail. */
  LATE_PUBLISH("e7d71c943040", KernelVersion.V55, "a failed create leaves nothing behind"),
  /** VPs are allocated at the first connect, as many as NR_SERVERS says. */
  VP_BLOCK_SIZE("062cfab7069f", KernelVersion.V55, "a VM takes as many VPs as it needs"),
  /** EQ_CONFIG drops the reference to the page of the queue that was there. */
  EQ_PAGE_PUT("31a88c82b466", KernelVersion.V55, "a queue's old page is given back"),
  /** EQ_CONFIG looks at the host's page size before it takes a reference. */
  EQ_PAGE_CHECK("30486e72093e", KernelVersion.V55, "a refused queue leaves no page behind"),
  /** All ones from an ESB page are no P bit. */
  ESB_ALL_ONES("17328f218fb7", KernelVersion.V510, "free_irq does not wait for an END that is off"),
  /** Connect compares the packed id with the number of servers. */
  PACKED_ID("f54db39fbe40", KernelVersion.V510, "a VP is always one of the VM's own"),
  /** A device for which no descriptor is left is released. */
  FD_FAILURE("e8bc24270188", KernelVersion.V6, "a device without a descriptor is released"),
  /** Not in Linux: see docs/decisions.md. A XICS vCPU that cannot be connected is cleaned up. */
  CONNECT_CLEAN_UP(null, KernelVersion.V6, "a failed connect leaves nothing behind"),
  /** Not in Linux: see docs/decisions.md. CTRL/RESET takes every vCPU out of the guest. */
  RESET_OUTSIDE(null, KernelVersion.V6, "no vCPU runs while RESET takes its escalation"),
  /** Not in Linux: see docs/decisions.md. clr_mapped undoes what it did when the host refuses. */
  CLR_MAPPED_UNDO(null, KernelVersion.V6, "a failed clr_mapped gives sb->lock back");

  private final String commit;
  private final KernelVersion since;
  private final String effect;

  KernelFix(String commit, KernelVersion since, String effect) {
    this.commit = commit;
    this.since = since;
    this.effect = effect;
  }

  /**
   * Returns the hash, 12 digits, or else the title of the Linux commit; empty for what no kernel
   * has.
   */
  public Optional<String> commit() {
    return Optional.ofNullable(commit);
  }

  /** Returns the first version that has it. */
  public KernelVersion since() {
    return since;
  }

  /** Returns what is so with it, in a few words. */
  public String effect() {
    return effect;
  }

  /** Returns the name for {@code --without}: {@code eq-page-put}. */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns the fix of that name. */
  public static Optional<KernelFix> named(String optionName) {
    return Arrays.stream(values()).filter(fix -> fix.optionName().equals(optionName)).findFirst();
  }
}
