package org.xivebench.kvm.uapi;

import org.xivebench.xive.BitField64;

/**
 * Attribute of the group EQ_CONFIG: which queue. Bits with 0 the least significant.
 *
 * <pre>
 *   63-32    31-3      2-0
 *  |  -  |  server | priority |
 * </pre>
 *
 * <p>Source: Documentation/virt/kvm/devices/xive.rst, Linux v5.10.
 */
public final class EqIdWord {
  /** 0 to 7. */
  public static final BitField64 PRIORITY = BitField64.lsb(2, 0);

  /** Server that owns the queue. */
  public static final BitField64 SERVER = BitField64.lsb(31, 3);

  /** Not looked at. */
  public static final BitField64 UNUSED = BitField64.lsb(63, 32);

  private EqIdWord() {}

  /** Builds the word. */
  public static long of(int server, int priority) {
    return SERVER.of(server) | PRIORITY.of(priority);
  }
}
