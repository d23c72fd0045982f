package org.xivebench.kvm;

import org.xivebench.kvm.release.ReleaseProtocol;

/**
 * What a VM is made with.
 *
 * @param memoryBytes RAM, a multiple of 64 KiB
 * @param smtMode stride with which vCPU ids are packed: {@code emul_smt_mode}, 1, 2, 4 or 8
 * @param protocol how devices are released
 * @param kernel whose behaviour the devices have
 */
public record VmConfig(
    long memoryBytes, int smtMode, ReleaseProtocol protocol, KernelVersion kernel) {
  /** A VM with 256 MiB, eight ids for each core, the gated protocol and today's kernel. */
  public static final VmConfig DEFAULT =
      new VmConfig(256L << 20, 8, ReleaseProtocol.GATED, KernelVersion.V6);

  /** Returns this with other RAM. */
  public VmConfig withMemoryBytes(long bytes) {
    return new VmConfig(bytes, smtMode, protocol, kernel);
  }

  /** Returns this with another protocol. */
  public VmConfig withProtocol(ReleaseProtocol other) {
    return new VmConfig(memoryBytes, smtMode, other, kernel);
  }

  /** Returns this with another kernel's behaviour. */
  public VmConfig withKernel(KernelVersion other) {
    return new VmConfig(memoryBytes, smtMode, protocol, other);
  }
}
