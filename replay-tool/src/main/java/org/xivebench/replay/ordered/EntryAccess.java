package org.xivebench.replay.ordered;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.GuestProgram;
import org.xivebench.kvm.Vcpu;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineSource;

/**
 * Access to an in-kernel controller: the vCPU enters the guest for each operation, on the calling
 * thread, and leaves it again. So only the vCPU that does something has its context pushed; events
 * for the others wait in their NVTs, and are where they would be when the next entry has merged
 * them.
 */
final class EntryAccess implements GuestAccess {
  private enum What {
    ESB_LOAD,
    ESB_STORE,
    TIMA_LOAD,
    TIMA_STORE,
    HCALL,
    RTAS,
    RING,
    INPUT
  }

  private final Machine machine;
  private final Vcpu[] vcpus;

  /** The same object each time: what it does is in the fields. */
  private final GuestProgram program = this::operate;

  private What what;
  private int first;
  private int second;
  private int third;
  private long value;
  private long[] registers;
  private int[] arguments;
  private int[] returns;

  EntryAccess(Machine machine) {
    this.machine = machine;
    this.vcpus = machine.vm().vcpus().toArray(Vcpu[]::new);
  }

  private long run(int cpu, What operation) {
    what = operation;
    boolean ended = vcpus[cpu].run(program, machine);
    if (!ended) {
      throw new AssertionError("vCPU " + cpu + " was stopped");
    }
    return value;
  }

  private void operate(GuestCpu cpu) {
    switch (what) {
      case ESB_LOAD -> value = cpu.esbLoad(first, second, third, Long.BYTES);
      case ESB_STORE -> cpu.esbStore(first, second, third, Long.BYTES, value);
      case TIMA_LOAD -> value = cpu.timaLoad(first, second, third);
      case TIMA_STORE -> cpu.timaStore(first, second, third, value);
      case HCALL -> {
        value =
            cpu.hcall(first, registers[0], registers[1], registers[2], registers[3], registers[4]);
        for (int i = 0; i < registers.length; i++) {
          registers[i] = cpu.vcpu().gpr(4 + i);
        }
      }
      case RTAS -> value = cpu.rtas(first, arguments, returns);
      case RING -> value = cpu.vcpu().tima().loadOsRing();
      case INPUT -> value = machine.externalInterrupt(cpu) ? 1 : 0;
    }
  }

  @Override
  public void pause() {
    // Each entry takes its locks and gives them back.
  }

  @Override
  public void sendMsi(MachineSource source) throws ErrnoException {
    machine.sendMsi(source);
  }

  @Override
  public void driveLine(MachineSource source, boolean up) throws ErrnoException {
    machine.driveLine(source, up);
  }

  @Override
  public long esbLoad(int cpu, int source, int page, int offset) {
    first = source;
    second = page;
    third = offset;
    return run(cpu, What.ESB_LOAD);
  }

  @Override
  public void esbStore(int cpu, int source, int page, int offset, long stored) {
    first = source;
    second = page;
    third = offset;
    value = stored;
    long unusedValue = run(cpu, What.ESB_STORE);
  }

  @Override
  public long timaLoad(int cpu, int view, int offset, int size) {
    first = view;
    second = offset;
    third = size;
    return run(cpu, What.TIMA_LOAD);
  }

  @Override
  public void timaStore(int cpu, int view, int offset, int size, long stored) {
    first = view;
    second = offset;
    third = size;
    value = stored;
    long unusedValue = run(cpu, What.TIMA_STORE);
  }

  @Override
  public long hcall(int cpu, int opcode, long[] callRegisters) {
    first = opcode;
    registers = callRegisters;
    return run(cpu, What.HCALL);
  }

  @Override
  public long rtas(int cpu, int token, int[] callArguments, int[] callReturns) {
    first = token;
    arguments = callArguments;
    returns = callReturns;
    return run(cpu, What.RTAS);
  }

  @Override
  public long osRing(int cpu) {
    return run(cpu, What.RING);
  }

  @Override
  public boolean input(int cpu) {
    return run(cpu, What.INPUT) != 0;
  }
}
