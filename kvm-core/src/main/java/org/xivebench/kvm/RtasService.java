package org.xivebench.kvm;

import java.util.Arrays;
import java.util.Optional;

/**
 * The RTAS calls that KVM serves itself.
 *
 * <p>Source: PAPR 7.3.10; arch/powerpc/kvm/book3s_rtas.c, Linux v5.10.
 */
public enum RtasService {
  SET_XIVE("ibm,set-xive", 3, 1),
  GET_XIVE("ibm,get-xive", 1, 3),
  INT_OFF("ibm,int-off", 1, 1),
  INT_ON("ibm,int-on", 1, 1);

  private final String rtasName;
  private final int argumentCount;
  private final int returnCount;

  RtasService(String rtasName, int argumentCount, int returnCount) {
    this.rtasName = rtasName;
    this.argumentCount = argumentCount;
    this.returnCount = returnCount;
  }

  /** Returns the name in the device tree. */
  public String rtasName() {
    return rtasName;
  }

  /** Returns how many arguments it takes. */
  public int argumentCount() {
    return argumentCount;
  }

  /** Returns how many words it returns, the status included. */
  public int returnCount() {
    return returnCount;
  }

  /** Returns the service of that name. */
  public static Optional<RtasService> named(String rtasName) {
    return Arrays.stream(values()).filter(service -> service.rtasName.equals(rtasName)).findFirst();
  }
}
