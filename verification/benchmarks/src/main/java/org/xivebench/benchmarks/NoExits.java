package org.xivebench.benchmarks;

import org.xivebench.kvm.ExitHandler;
import org.xivebench.kvm.Vcpu;

/** For guests that never leave to user space. */
enum NoExits implements ExitHandler {
  INSTANCE;

  private static AssertionError exit() {
    return new AssertionError("the guest left to user space");
  }

  @Override
  public long hypercall(Vcpu vcpu, int opcode) {
    throw exit();
  }

  @Override
  public long rtas(Vcpu vcpu, int token, int[] arguments, int[] returns) {
    throw exit();
  }

  @Override
  public long mmioLoad(Vcpu vcpu, MmioSpace space, int page, int offset, int size) {
    throw exit();
  }

  @Override
  public void mmioStore(Vcpu vcpu, MmioSpace space, int page, int offset, int size, long value) {
    throw exit();
  }
}
