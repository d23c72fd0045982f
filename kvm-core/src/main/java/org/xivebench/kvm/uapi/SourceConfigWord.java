package org.xivebench.kvm.uapi;

import org.xivebench.xive.BitField64;

/**
 * Payload of the attribute group SOURCE_CONFIG. Bits with 0 the least significant.
 *
 * <pre>
 *   63-33    32     31-3    2-0
 *  | eisn | masked | server | priority |
 * </pre>
 *
 * <p>Source: Documentation/virt/kvm/devices/xive.rst, Linux v5.10.
 */
public final class SourceConfigWord {
  /** 0 to 7. */
  public static final BitField64 PRIORITY = BitField64.lsb(2, 0);

  /** Server that the events go to. */
  public static final BitField64 SERVER = BitField64.lsb(31, 3);

  /** Whether the source is routed nowhere. */
  public static final BitField64 MASKED = BitField64.lsb(32, 32);

  /** What the guest finds in its queue. */
  public static final BitField64 EISN = BitField64.lsb(63, 33);

  private SourceConfigWord() {}

  /** Builds the word of a source that is not masked. */
  public static long of(int priority, int server, int eisn) {
    return PRIORITY.of(priority) | SERVER.of(server) | EISN.of(eisn);
  }
}
