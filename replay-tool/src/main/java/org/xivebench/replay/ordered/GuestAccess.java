package org.xivebench.replay.ordered;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.replay.vmm.MachineSource;

/**
 * How the operations of a guest and of its devices come to the controller. vCPUs are named by their
 * index.
 *
 * <p>An access may keep a lock of the machine from one operation to the next: {@link #pause} gives
 * it back, which must be before the machine itself is used.
 */
interface GuestAccess {
  /** Gives back what is kept between operations. */
  void pause();

  /** A device sends its MSI. */
  void sendMsi(MachineSource source) throws ErrnoException;

  /** A device drives its line. */
  void driveLine(MachineSource source, boolean up) throws ErrnoException;

  long esbLoad(int cpu, int source, int page, int offset);

  void esbStore(int cpu, int source, int page, int offset, long value);

  long timaLoad(int cpu, int view, int offset, int size);

  void timaStore(int cpu, int view, int offset, int size, long value);

  /**
   * Makes a hypercall.
   *
   * @param registers R4 to R8, before and after
   * @return R3
   */
  long hcall(int cpu, int opcode, long[] registers);

  /** Returns the first 8 bytes of a vCPU's OS ring as they are when it runs; not an access. */
  long osRing(int cpu);

  /** Returns whether a vCPU's external interrupt input is high when it runs. */
  boolean input(int cpu);

  /** Makes an RTAS call; {@code returns} gets the return words. */
  long rtas(int cpu, int token, int[] arguments, int[] returns);
}
