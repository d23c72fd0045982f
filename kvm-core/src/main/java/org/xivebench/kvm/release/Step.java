package org.xivebench.kvm.release;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A safeguard or an action of release. Each has the name by which {@code --without} leaves it out.
 * Some are moments in the sequence that {@link ReleaseProtocol#release} runs; some qualify other
 * steps, or hold outside release.
 */
public enum Step {
  /**
   * Release waits for the last reference to the device file: descriptor, mappings, calls in
   * progress.
   */
  FILE_REFERENCES("no call, mapping or descriptor is left when release runs"),
  /** {@code Vm.lock} is held throughout. */
  VM_LOCK("creation, set_mapped and clr_mapped wait for Vm.lock"),
  /** The device forgets the address space through which it unmaps pages. */
  CLEAR_MAPPING("set_mapped can no longer unmap pages of a file that is gone"),
  /** The debugfs file is closed, then drained. */
  DEBUGFS_REMOVE("no debugfs reader is inside when the first thing is freed"),
  /** The entry gate is closed ({@code mmu_ready = 0}). */
  GATE("a vCPU that wants to enter must wait"),
  /** Every vCPU is kicked. */
  KICK("a vCPU in the guest, or asleep in H_CEDE, leaves"),
  /** Release waits until every vCPU is outside. */
  DRAIN_VCPUS("no vCPU is in the guest, in a hypercall or in an RTAS call"),
  /**
   * Injection is redirected to a holding list, and release waits for the read sections that are
   * open.
   */
  DRAIN_INJECTION("no KVM_IRQ_LINE or irqfd is inside the device"),
  /** {@code Vcpu.mutex} is held while that vCPU is cleaned up. */
  VCPU_MUTEX("no one_reg call or KVM_RUN uses what is freed"),
  /** Every vCPU's presenter is cleaned up and freed. */
  CLEAN_UP_VCPUS("the per-vCPU structures are freed"),
  /** vCPU clean-up masks the escalation and forgets its address (Linux 0caecf5b0019). */
  CLEAR_ESCALATION("entry and H_CEDE do not touch an escalation that is gone"),
  /** Escalation interrupts are freed before the VP is disabled (Linux 237aed48c642). */
  FREE_ESCALATION_FIRST("freeing an escalation sees its true P bit"),
  /** vCPU clean-up clears the CAM word (Linux 8d4ba9c931bc). */
  CLEAR_CAM("a VP that is gone is not pushed"),
  /** Each END is disabled before its queue page is freed. */
  DISABLE_QUEUES("the hardware does not write to freed pages"),
  /** The VM's controller pointer is cleared. */
  DETACH("lock-less callers find no device"),
  /** The source blocks are freed. */
  FREE_SOURCES("sources are masked, their hardware interrupts and blocks freed"),
  /** The VP block goes back to the firmware. */
  FREE_VP_BLOCK("the virtual processors can be used again"),
  /** The gate is opened again. */
  REOPEN("vCPUs may enter again"),
  /** The {@code kvm_device} is freed. */
  FREE_DEVICE("the device object is freed");

  private final String effect;

  Step(String effect) {
    this.effect = effect;
  }

  /** Returns the name for {@code --without}: {@code debugfs-remove}. */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns what the step is good for, in a few words. */
  public String effect() {
    return effect;
  }

  /** Returns the step of that name. */
  public static Optional<Step> named(String optionName) {
    return Arrays.stream(values()).filter(step -> step.optionName().equals(optionName)).findFirst();
  }
}
