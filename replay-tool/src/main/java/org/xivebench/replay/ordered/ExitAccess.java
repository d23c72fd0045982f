package org.xivebench.replay.ordered;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.ExitHandler.MmioSpace;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineSource;
import org.xivebench.sync.Mutex;

/**
 * Access to emulated controllers. They see nothing of a guest but its exits, so nothing else
 * happens here: no vCPU has to run.
 *
 * <p>Nobody else is there who could want the machine's lock, so it is kept until {@link #pause}: to
 * take it for each of millions of operations would cost as much as some of them.
 */
final class ExitAccess implements GuestAccess {
  private final Machine machine;
  private final Mutex lock;
  private final Vcpu[] vcpus;
  private boolean kept;

  ExitAccess(Machine machine) {
    this.machine = machine;
    Vm vm = machine.vm();
    this.lock = vm.swapLock;
    this.vcpus = vm.vcpus().toArray(Vcpu[]::new);
  }

  private void resume() {
    if (!kept) {
      lock.lock();
      kept = true;
    }
  }

  @Override
  public void pause() {
    if (kept) {
      kept = false;
      lock.unlock();
    }
  }

  @Override
  public void sendMsi(MachineSource source) throws ErrnoException {
    resume();
    machine.sendMsiLocked(source);
  }

  @Override
  public void driveLine(MachineSource source, boolean up) throws ErrnoException {
    resume();
    machine.driveLineLocked(source, up);
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
    resume();
    return machine.mmioLoad(vcpus[cpu], MmioSpace.ESB, 2 * source + page, offset, Long.BYTES);
  }

  @Override
  public void esbStore(int cpu, int source, int page, int offset, long value) {
    resume();
    machine.mmioStore(vcpus[cpu], MmioSpace.ESB, 2 * source + page, offset, Long.BYTES, value);
  }

  @Override
  public long timaLoad(int cpu, int view, int offset, int size) {
    resume();
    return machine.mmioLoad(vcpus[cpu], MmioSpace.TIMA, view, offset, size);
  }

  @Override
  public void timaStore(int cpu, int view, int offset, int size, long value) {
    resume();
    machine.mmioStore(vcpus[cpu], MmioSpace.TIMA, view, offset, size, value);
  }

  @Override
  public long hcall(int cpu, int opcode, long[] registers) {
    resume();
    Vcpu vcpu = vcpus[cpu];
    for (int i = 0; i < registers.length; i++) {
      vcpu.setGpr(4 + i, registers[i]);
    }
    long status = machine.hypercall(vcpu, opcode);
    for (int i = 0; i < registers.length; i++) {
      registers[i] = vcpu.gpr(4 + i);
    }
    return status;
  }

  @Override
  public long rtas(int cpu, int token, int[] arguments, int[] returns) {
    resume();
    return machine.rtas(vcpus[cpu], token, arguments, returns);
  }
}
