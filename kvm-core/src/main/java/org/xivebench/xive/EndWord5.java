package org.xivebench.xive;

/**
 * END word 5: lower half of the escalation EAS. Bits as the architecture numbers them, 0 most
 * significant.
 *
 * <pre>
 *     0     1-31
 *  | MASKED | data |
 * </pre>
 */
public final class EndWord5 {
  /** Escalations are dropped. */
  public static final BitField32 MASKED = BitField32.ibm(0, 0);

  /** The data of an escalation event. */
  public static final BitField32 END_DATA = BitField32.ibm(1, 31);

  private EndWord5() {}
}
