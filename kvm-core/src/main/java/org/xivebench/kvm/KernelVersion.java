package org.xivebench.kvm;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Whose behaviour the devices have. Release is chosen apart from it, by the protocol; this is what
 * attribute calls, connect and the choice of locks do. In order of age.
 */
public enum KernelVersion {
  /** Linux v5.1 with the first release methods: before 6f868405faf0. */
  PRE,
  /** 6f868405faf0, v5.2-rc1: {@code kvm->lock} is taken inside {@code vcpu->mutex}. */
  SEED,
  /**
   * v5.2 with the June 2019 fixes: {@code xive->lock}, {@code mmu_setup_lock}, {@code
   * rtas_token_lock}.
   */
  V52,
  /** v5.4: the escalation and CAM fixes of August 2019. */
  V54,
  /** v5.5: lazy VP blocks, NR_SERVERS, queue page references. */
  V55,
  /** v5.10. */
  V510,
  /**
   * v6, the default: what its text calls a defect and the specification marks as analysed is
   * mended, see docs/decisions.md.
   */
  V6;

  /** Returns whether this is older than another. */
  public boolean isBefore(KernelVersion other) {
    return compareTo(other) < 0;
  }

  /** Returns the name for {@code --kernel}. */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the version of that name. */
  public static Optional<KernelVersion> named(String optionName) {
    return Arrays.stream(values())
        .filter(version -> version.optionName().equals(optionName))
        .findFirst();
  }
}
