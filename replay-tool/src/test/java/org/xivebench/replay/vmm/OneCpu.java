package org.xivebench.replay.vmm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.xivebench.kvm.GuestCpu;

/** Does single guest operations on the calling thread; the vCPU enters and leaves for each. */
final class OneCpu {
  private OneCpu() {}

  static long on(Machine machine, int cpu, ToLongFunction<GuestCpu> operation) {
    AtomicLong result = new AtomicLong();
    assertTrue(
        machine
            .vm()
            .vcpus()
            .get(cpu)
            .run(guest -> result.set(operation.applyAsLong(guest)), machine));
    return result.get();
  }

  static boolean externalInterrupt(Machine machine, int cpu) {
    return on(machine, cpu, guest -> machine.externalInterrupt(guest) ? 1 : 0) == 1;
  }
}
