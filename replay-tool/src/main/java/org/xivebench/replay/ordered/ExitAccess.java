package org.xivebench.replay.ordered;

import org.xivebench.kvm.ExitHandler.MmioSpace;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.sync.Mutex;

/**
 * Access to emulated controllers. They see nothing of a guest but its exits, so nothing else
 * happens here: no vCPU has to run.
 */
final class ExitAccess implements GuestAccess {
  private final Machine machine;
  private final Mutex lock;
  private final Vcpu[] vcpus;

  ExitAccess(Machine machine) {
    this.machine = machine;
    Vm vm = machine.vm();
    this.lock = vm.swapLock;
    this.vcpus = vm.vcpus().toArray(Vcpu[]::new);
  }

  @Override
  public long osRing(int cpu) {
    return machine.emulatedRing(cpu);
  }

  @Override
  public boolean input(int cpu) {
    return machine.emulatedInput(cpu);
  }

  @Override
  public long esbLoad(int cpu, int source, int page, int offset) {
    lock.lock();
    try {
      return machine.mmioLoad(vcpus[cpu], MmioSpace.ESB, 2 * source + page, offset, Long.BYTES);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void esbStore(int cpu, int source, int page, int offset, long value) {
    lock.lock();
    try {
      machine.mmioStore(vcpus[cpu], MmioSpace.ESB, 2 * source + page, offset, Long.BYTES, value);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long timaLoad(int cpu, int view, int offset, int size) {
    lock.lock();
    try {
      return machine.mmioLoad(vcpus[cpu], MmioSpace.TIMA, view, offset, size);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void timaStore(int cpu, int view, int offset, int size, long value) {
    lock.lock();
    try {
      machine.mmioStore(vcpus[cpu], MmioSpace.TIMA, view, offset, size, value);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long hcall(int cpu, int opcode, long[] registers) {
    Vcpu vcpu = vcpus[cpu];
    for (int i = 0; i < registers.length; i++) {
      vcpu.setGpr(4 + i, registers[i]);
    }
    lock.lock();
    try {
      return machine.hypercall(vcpu, opcode);
    } finally {
      lock.unlock();
      for (int i = 0; i < registers.length; i++) {
        registers[i] = vcpu.gpr(4 + i);
      }
    }
  }

  @Override
  public long rtas(int cpu, int token, int[] arguments, int[] returns) {
    lock.lock();
    try {
      return machine.rtas(vcpus[cpu], token, arguments, returns);
    } finally {
      lock.unlock();
    }
  }
}
