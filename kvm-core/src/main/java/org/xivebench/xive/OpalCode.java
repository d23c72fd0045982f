package org.xivebench.xive;

/** Return codes of the firmware's calls. Source: Linux v5.10 opal-api.h. */
public final class OpalCode {
  /** Done. */
  public static final int SUCCESS = 0;

  /** An argument is out of range, or names something that cannot be changed this way. */
  public static final int PARAMETER = -1;

  /** Try again in 10 ms. */
  public static final int BUSY = -2;

  /** The hardware failed. */
  public static final int HARDWARE = -6;

  /** Not available on this machine. */
  public static final int UNSUPPORTED = -7;

  /** No memory. */
  public static final int NO_MEM = -9;

  /** Nothing is left of what was asked for. */
  public static final int RESOURCE = -10;

  /** The firmware failed. */
  public static final int INTERNAL_ERROR = -11;

  /** The END or VP is not in the state that the call needs. */
  public static final int WRONG_STATE = -14;

  /** The firmware needs another page of memory: donate one, and try again. */
  public static final int XIVE_PROVISIONING = -31;

  /** A VP of the block is still enabled: nothing was freed. */
  public static final int XIVE_FREE_ACTIVE = -32;

  private OpalCode() {}
}
