package org.xivebench.kvm;

import org.xivebench.sync.LockClass;

/**
 * The kernel's locks and their order: a lock may be taken only while those held rank lower.
 * docs/locking.md tells what each protects.
 */
public final class KvmLocks {
  /** Serialises swaps of one VM. Outermost. */
  public static final LockClass SWAP_LOCK = LockClass.of("swap->lock", 10);

  public static final LockClass KVM_LOCK = LockClass.of("kvm->lock", 20);
  public static final LockClass VCPU_MUTEX = LockClass.of("vcpu->mutex", 30);
  public static final LockClass MMU_SETUP_LOCK = LockClass.of("mmu_setup_lock", 40);
  public static final LockClass RTAS_TOKEN_LOCK = LockClass.of("rtas_token_lock", 50);
  public static final LockClass XIVE_LOCK = LockClass.of("xive->lock", 60);
  public static final LockClass SOURCE_BLOCK_LOCK = LockClass.of("sb->lock", 70);
  public static final LockClass MAPPING_LOCK = LockClass.of("xive->mapping_lock", 80);

  /** Orders the faults of one mapping with the taking away of its pages. A leaf. */
  public static final LockClass PAGE_TABLE_LOCK = LockClass.of("page table lock", 85);

  /**
   * Orders what waits for a controller to come back. A leaf but for the injection itself, which
   * takes no lock.
   */
  public static final LockClass INJECTION_LOCK = LockClass.of("injection lock", 90);

  private KvmLocks() {}
}
