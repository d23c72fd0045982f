package org.xivebench.kvm;

/**
 * What runs inside a guest on one vCPU. Plain sequential code; between any two operations its vCPU
 * may leave and come back.
 */
@FunctionalInterface
public interface GuestProgram {

  /** Runs until it has nothing more to do. */
  void run(GuestCpu cpu);
}
