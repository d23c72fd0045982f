package org.xivebench.replay.conformance;

import java.util.function.Function;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;

/** An operation of a conformance file, read and checked, ready to be done on one machine. */
sealed interface Step {

  /**
   * What a vCPU does.
   *
   * @param cpu its index
   * @param work returns null if the result is as recorded
   */
  record OfCpu(int cpu, Function<GuestCpu, Difference> work) implements Step {}

  /**
   * What is done to the machine beside its vCPUs: by a device, or in memory.
   *
   * @param work what is done
   */
  record OfMachine(MachineWork work) implements Step {}

  /**
   * The guest asks for XIVE, while its vCPUs are stopped.
   *
   * @param expected return code
   */
  record Negotiation(String expected) implements Step {}

  /** See {@link OfMachine}. */
  @FunctionalInterface
  interface MachineWork {
    /** Returns null if the result is as recorded. */
    Difference run() throws ErrnoException;
  }

  /** A result that is not as recorded. */
  record Difference(Answer expected, Answer got) {
    /** Returns null if the two are the same. */
    static Difference of(Answer expected, Answer got) {
      return expected.equals(got) ? null : new Difference(expected, got);
    }
  }
}
