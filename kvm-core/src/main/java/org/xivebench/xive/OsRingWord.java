package org.xivebench.xive;

/**
 * The first eight bytes of a TIMA ring, big-endian. Bits as the architecture numbers them, 0 most
 * significant.
 *
 * <pre>
 *   0-7   8-15   16-23  24-31  32-39  40-47  48-55  56-63
 *  | NSR | CPPR | IPB | LSMFB | ACK# | INC | AGE | PIPR |
 * </pre>
 *
 * <p>LSMFB, ACK#, INC and AGE are inert here: no source tells what they do.
 */
public final class OsRingWord {
  /** Notification source register. */
  public static final BitField64 NSR = BitField64.ibm(0, 7);

  /** NSR.EO: an exception is pending. */
  public static final BitField64 NSR_EO = BitField64.ibm(0, 0);

  /** Current processor priority: what is not more favoured is kept back. */
  public static final BitField64 CPPR = BitField64.ibm(8, 15);

  /** Interrupt pending buffer: priority 0 is its most significant bit. */
  public static final BitField64 IPB = BitField64.ibm(16, 23);

  /** Logical server most favoured backlog. */
  public static final BitField64 LSMFB = BitField64.ibm(24, 31);

  /** Acknowledge count. */
  public static final BitField64 ACK_COUNT = BitField64.ibm(32, 39);

  /** Aging increment. */
  public static final BitField64 INC = BitField64.ibm(40, 47);

  /** Age. */
  public static final BitField64 AGE = BitField64.ibm(48, 55);

  /** Pending interrupt priority: the most favoured in IPB, 0xff when there is none. */
  public static final BitField64 PIPR = BitField64.ibm(56, 63);

  private OsRingWord() {}

  /** Returns the IPB bit of a priority; 0 for priorities above 7. */
  public static int ipbOf(int priority) {
    return priority > 7 ? 0 : 0x80 >>> priority;
  }

  /** Returns the PIPR of an IPB. */
  public static int piprOf(int ipb) {
    return ipb == 0 ? 0xff : Integer.numberOfLeadingZeros(ipb) - 24;
  }
}
