package org.xivebench.xivenative;

import org.xivebench.kvm.ExitHandler;
import org.xivebench.kvm.Vcpu;

/** A VMM for guests that never leave KVM_RUN. */
final class NoExits implements ExitHandler {
  static final NoExits INSTANCE = new NoExits();

  private NoExits() {}

  @Override
  public long hypercall(Vcpu vcpu, int opcode) {
    throw new AssertionError("hypercall 0x" + Integer.toHexString(opcode));
  }

  @Override
  public long rtas(Vcpu vcpu, int token, int[] arguments, int[] returns) {
    throw new AssertionError("RTAS " + token);
  }

  @Override
  public long mmioLoad(Vcpu vcpu, MmioSpace space, int page, int offset, int size) {
    throw new AssertionError("load from " + space + " page " + page);
  }

  @Override
  public void mmioStore(Vcpu vcpu, MmioSpace space, int page, int offset, int size, long value) {
    throw new AssertionError("store to " + space + " page " + page);
  }
}
