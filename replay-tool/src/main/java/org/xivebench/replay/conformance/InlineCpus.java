package org.xivebench.replay.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.replay.vmm.Machine;

/**
 * vCPUs that enter the guest for each operation, on the thread that asks for it. For emulated
 * controllers, which do not see entry and exit.
 */
final class InlineCpus implements GuestCpus {
  private final Machine machine;

  InlineCpus(Machine machine) {
    this.machine = machine;
  }

  @Override
  public <T> T on(int cpu, Function<GuestCpu, T> operation) {
    List<T> result = new ArrayList<>(1);
    boolean ended =
        machine.vm().vcpus().get(cpu).run(guest -> result.add(operation.apply(guest)), machine);
    if (!ended) {
      throw new AssertionError("vCPU " + cpu + " was stopped");
    }
    return result.get(0);
  }

  @Override
  public void close() {}
}
