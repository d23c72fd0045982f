package org.xivebench.kvm.release;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A safeguard or an action of release, or of the swap around it. Each has the name by which {@code
 * --without} leaves it out. Some are moments in the sequence that {@link ReleaseProtocol#release}
 * runs; some qualify other steps, or hold outside release. Those of a swap, {@code SWAP_…}, are
 * carried out by {@code org.xivebench.kvm.swap}, under every protocol.
 *
 * <p>Declared in the order in which {@link ReleaseProtocol#GATED} runs them.
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
  /** Every vCPU is cleaned up, by the steps from here to {@link #DETACH_VCPU}. */
  CLEAN_UP_VCPUS("the per-vCPU structures are freed"),
  /** vCPU clean-up: the sources that are routed to the vCPU are turned off. */
  MASK_SOURCES("nothing is routed to the VP any more"),
  /** vCPU clean-up masks the escalation and forgets its address (Linux 0caecf5b0019). */
  CLEAR_ESCALATION("entry and H_CEDE do not touch an escalation that is gone"),
  /** vCPU clean-up: the source of a XICS guest's IPIs is turned off. */
  MASK_VP_IPI("no IPI is on its way to the VP"),
  /**
   * vCPU clean-up: the host frees the escalation interrupts. Before {@link #DISABLE_VP} since Linux
   * 237aed48c642: an END that is off reads as all ones.
   */
  FREE_ESCALATIONS("no escalation handler starts for the vCPU"),
  /** vCPU clean-up: the firmware disables the VP. */
  DISABLE_VP("the firmware takes the VP's block back"),
  /** vCPU clean-up clears the CAM word (Linux 8d4ba9c931bc). */
  CLEAR_CAM("a VP that is gone is not pushed"),
  /** vCPU clean-up: each END is disabled before its queue page is freed. */
  DISABLE_QUEUES("the hardware does not write to freed pages"),
  /** vCPU clean-up: the queue pages are freed, or the references to them dropped. */
  FREE_QUEUE_PAGES("no page of a queue is kept"),
  /** vCPU clean-up: the hardware interrupt of a XICS guest's IPIs is freed. */
  FREE_VP_IPI("the IPI's hardware interrupt can be used again"),
  /** vCPU clean-up: the presenter is freed: {@code xc}. */
  FREE_PRESENTER("the presenter is freed"),
  /**
   * vCPU clean-up, the last: {@code irq_type} is DEFAULT and {@code xive_vcpu} null. Kernels do it
   * after {@link #FREE_PRESENTER}.
   */
  DETACH_VCPU("the vCPU can be connected to another device"),
  /** The VM's controller pointer is cleared. */
  DETACH("lock-less callers find no device"),
  /** A source is turned off before its hardware interrupt is freed. */
  SOURCES_OFF("no event leaves a source that is being freed"),
  /** The source blocks are freed. */
  FREE_SOURCES("sources are masked, their hardware interrupts and blocks freed"),
  /** The VP block goes back to the firmware. */
  FREE_VP_BLOCK("the virtual processors can be used again"),
  /** The gate is opened again. */
  REOPEN("vCPUs may enter again"),
  /** The {@code kvm_device} is freed. */
  FREE_DEVICE("the device object is freed"),
  /**
   * The {@code kvmppc_xive} structure is kept for the next device of the type (Linux 5422e95103cf);
   * else it is freed after {@link #FREE_DEVICE}.
   */
  RECYCLE("a stale pointer to the device's state never points to freed memory"),
  /** The kept structure is zeroed when the next device takes it. */
  ZERO_RECYCLED("the next device finds nothing of the last one"),
  /** A swap closes the gate, and waits until every vCPU is outside, before it captures. */
  SWAP_STOP_VCPUS("swap: no vCPU takes or ends an interrupt after the state was captured"),
  /** A swap holds injection, and waits for the read sections, before it captures. */
  SWAP_HOLD_INJECTION("swap: no interrupt comes to the old device after the state was captured"),
  /** A swap carries the events that the guest has not got. */
  SWAP_WAITING("swap: what waits in the old device is presented by the new one"),
  /** A swap asks the guest which events it has accepted and not ended. */
  SWAP_IN_SERVICE("swap: what the guest has accepted already is not presented again"),
  /** A swap carries the event that came while an earlier one was under way: Q. */
  SWAP_QUEUED("swap: what came while an interrupt was in service comes after its EOI"),
  /** A swap carries the level of lines. */
  SWAP_LEVEL("swap: a line that is up interrupts, also again after an EOI"),
  /** A swap gives what was injected meanwhile to the new device. */
  SWAP_FLUSH("swap: what was injected meanwhile is given to the new device");

  private final String effect;
  private final String optionName;

  Step(String effect) {
    this.effect = effect;
    this.optionName = name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns the name for {@code --without}: {@code debugfs-remove}. */
  public String optionName() {
    return optionName;
  }

  /** Returns whether it is a moment of cleaning up one vCPU. */
  public boolean isOfVcpuCleanUp() {
    return compareTo(MASK_SOURCES) >= 0 && compareTo(DETACH_VCPU) <= 0;
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
