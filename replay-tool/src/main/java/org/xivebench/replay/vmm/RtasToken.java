package org.xivebench.replay.vmm;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.xivebench.kvm.RtasService;

/**
 * The RTAS calls that concern interrupts, with the tokens that this machine's device tree has for
 * them.
 */
public enum RtasToken {
  SET_XIVE(0x2000, "ibm,set-xive"),
  GET_XIVE(0x2001, "ibm,get-xive"),
  INT_OFF(0x2002, "ibm,int-off"),
  INT_ON(0x2003, "ibm,int-on"),
  CHANGE_MSI(0x2004, "ibm,change-msi"),
  QUERY_INTERRUPT_SOURCE_NUMBER(0x2005, "ibm,query-interrupt-source-number");

  private final int number;
  private final String rtasName;

  RtasToken(int number, String rtasName) {
    this.number = number;
    this.rtasName = rtasName;
  }

  /** Tokens of the calls of {@code RtasCall} events, by the number that these have for each. */
  public static List<Integer> interruptFunctions() {
    return List.of(SET_XIVE.number, GET_XIVE.number, INT_OFF.number, INT_ON.number);
  }

  /** Returns the name in the device tree. */
  public String rtasName() {
    return rtasName;
  }

  /** Returns the token. */
  public int number() {
    return number;
  }

  /** Returns the call of that name. */
  public static Optional<RtasToken> named(String rtasName) {
    return Arrays.stream(values()).filter(token -> token.rtasName.equals(rtasName)).findFirst();
  }

  static Optional<RtasToken> of(int number) {
    return Arrays.stream(values()).filter(token -> token.number == number).findFirst();
  }

  static RtasToken of(RtasService service) {
    return named(service.rtasName()).orElseThrow();
  }
}
