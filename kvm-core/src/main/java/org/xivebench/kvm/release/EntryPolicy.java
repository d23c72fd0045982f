package org.xivebench.kvm.release;

import org.xivebench.kvm.Vcpu;

/** How a vCPU thread gets past a release, or a closed gate, on its way into the guest. */
enum EntryPolicy {
  /** Drops {@code Vcpu.mutex} while the gate is closed: the lock order is respected. */
  GATED {
    @Override
    void enter(Vcpu vcpu) {
      while (!vcpu.vm().gate().tryEnter(vcpu.slot())) {
        vcpu.unlockMutex();
        vcpu.vm().gate().awaitOpen(vcpu.slot());
        vcpu.lockMutex();
      }
    }
  },

  /**
   * What {@code kvmhv_setup_mmu} did in 2019: waits for {@code kvm->lock} with {@code vcpu->mutex}
   * held.
   */
  WAITS_FOR_VM_LOCK {
    @Override
    void enter(Vcpu vcpu) {
      while (!vcpu.vm().gate().tryEnter(vcpu.slot())) {
        vcpu.vm().lock.lock();
        vcpu.vm().lock.unlock();
      }
    }
  },

  /**
   * Nothing but {@code Vcpu.mutex} stands between a vCPU and the guest. The swap still closes the
   * gate.
   */
  UNGATED {
    @Override
    void enter(Vcpu vcpu) {
      GATED.enter(vcpu);
    }
  };

  /** Returns when the vCPU is inside. {@code Vcpu.mutex} is held, before and after. */
  abstract void enter(Vcpu vcpu);
}
