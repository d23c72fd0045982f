package org.xivebench.replay.conformance;

import java.util.function.Function;
import org.xivebench.kvm.GuestCpu;

/** The vCPUs of a machine, which do one operation at a time, each when it is told. */
interface GuestCpus extends AutoCloseable {

  /** Does something on a vCPU, and returns when it is done. */
  <T> T on(int cpu, Function<GuestCpu, T> operation);

  /** Lets the vCPUs leave the guest, and returns when all have. */
  @Override
  void close();
}
