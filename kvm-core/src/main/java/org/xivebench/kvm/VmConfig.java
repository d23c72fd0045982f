package org.xivebench.kvm;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.xivebench.kvm.release.ReleaseProtocol;

/**
 * What a VM is made with.
 *
 * @param memoryBytes RAM, a multiple of 64 KiB
 * @param hostPageShift log2 of the host's pages that back the RAM, 12 to 30
 * @param smtMode stride with which vCPU ids are packed: {@code emul_smt_mode}, 1, 2, 4 or 8
 * @param hashedPageTable whether the guest's MMU has to be set up at its first run (HPT); else the
 *     guest is a radix guest
 * @param protocol how devices are released
 * @param kernel whose behaviour the devices have
 * @param fixes what they have of {@link KernelFix}: at first those of {@code kernel}
 */
public record VmConfig(
    long memoryBytes,
    int hostPageShift,
    int smtMode,
    boolean hashedPageTable,
    ReleaseProtocol protocol,
    KernelVersion kernel,
    Set<KernelFix> fixes) {
  /**
   * A radix VM with 256 MiB on a host with 64 KiB pages, eight ids for each core, the gated
   * protocol and today's kernel.
   */
  public static final VmConfig DEFAULT =
      new VmConfig(
          256L << 20,
          GuestMemory.PAGE_SHIFT,
          8,
          false,
          ReleaseProtocol.GATED,
          KernelVersion.V6,
          fixesOf(KernelVersion.V6));

  private static Set<KernelFix> fixesOf(KernelVersion kernel) {
    EnumSet<KernelFix> fixes = EnumSet.allOf(KernelFix.class);
    fixes.removeIf(fix -> kernel.isBefore(fix.since()));
    return Collections.unmodifiableSet(fixes);
  }

  /** Returns whether the devices have a fix. */
  public boolean has(KernelFix fix) {
    return fixes.contains(fix);
  }

  /** Returns this with other RAM. */
  public VmConfig withMemoryBytes(long bytes) {
    return new VmConfig(bytes, hostPageShift, smtMode, hashedPageTable, protocol, kernel, fixes);
  }

  /** Returns this with another page size of the host. */
  public VmConfig withHostPageShift(int shift) {
    return new VmConfig(memoryBytes, shift, smtMode, hashedPageTable, protocol, kernel, fixes);
  }

  /** Returns this with another stride. */
  public VmConfig withSmtMode(int stride) {
    return new VmConfig(
        memoryBytes, hostPageShift, stride, hashedPageTable, protocol, kernel, fixes);
  }

  /** Returns this with a hashed page table, or with radix. */
  public VmConfig withHashedPageTable(boolean hashed) {
    return new VmConfig(memoryBytes, hostPageShift, smtMode, hashed, protocol, kernel, fixes);
  }

  /** Returns this with another protocol. */
  public VmConfig withProtocol(ReleaseProtocol other) {
    return new VmConfig(memoryBytes, hostPageShift, smtMode, hashedPageTable, other, kernel, fixes);
  }

  /** Returns this with another kernel's behaviour, and its fixes. */
  public VmConfig withKernel(KernelVersion other) {
    return new VmConfig(
        memoryBytes, hostPageShift, smtMode, hashedPageTable, protocol, other, fixesOf(other));
  }

  /** Returns this with a fix that came later. */
  public VmConfig with(KernelFix fix) {
    EnumSet<KernelFix> more = EnumSet.of(fix);
    more.addAll(fixes);
    return withFixes(more);
  }

  /** Returns this with a fix taken back. */
  public VmConfig without(KernelFix fix) {
    EnumSet<KernelFix> fewer = EnumSet.allOf(KernelFix.class);
    fewer.retainAll(fixes);
    fewer.remove(fix);
    return withFixes(fewer);
  }

  private VmConfig withFixes(EnumSet<KernelFix> chosen) {
    return new VmConfig(
        memoryBytes,
        hostPageShift,
        smtMode,
        hashedPageTable,
        protocol,
        kernel,
        Collections.unmodifiableSet(chosen));
  }
}
