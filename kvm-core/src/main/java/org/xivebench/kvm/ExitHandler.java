package org.xivebench.kvm;

/**
 * What a VMM does when a vCPU leaves KVM_RUN for something that KVM does not do itself. Called by
 * the vCPU's thread, outside the guest, with {@code Vcpu.mutex} given back and {@code Vm.swapLock}
 * held, so that no swap comes between; the vCPU enters again when it returns.
 */
public interface ExitHandler {

  /**
   * KVM_EXIT_PAPR_HCALL. Arguments are in {@link Vcpu#gpr}(4) and up; results go there.
   *
   * @return R3
   */
  long hypercall(Vcpu vcpu, int opcode);

  /**
   * An RTAS call that no in-kernel token takes.
   *
   * @param returns to be filled; the first is the status
   * @return R3 of the H_RTAS call
   */
  long rtas(Vcpu vcpu, int token, int[] arguments, int[] returns);

  /** KVM_EXIT_MMIO: a load that no mapping takes, of {@code size} bytes of an ESB or TIMA page. */
  long mmioLoad(Vcpu vcpu, MmioSpace space, int page, int offset, int size);

  /** KVM_EXIT_MMIO: a store that no mapping takes. */
  void mmioStore(Vcpu vcpu, MmioSpace space, int page, int offset, int size, long value);

  /** Where an access went. */
  enum MmioSpace {
    /** ESB pages, two for each source, trigger page first. */
    ESB,
    /** The four TIMA views. */
    TIMA
  }
}
