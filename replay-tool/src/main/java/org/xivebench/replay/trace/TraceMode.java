package org.xivebench.replay.trace;

import java.util.Locale;

/** The interrupt mode of the guest that a trace shows. */
public enum TraceMode {
  /** XIVE native exploitation, from beginning to end. */
  XIVE,
  /** XICS, from beginning to end. */
  XICS,
  /** The guest changes mode; {@link TraceKind#MODE_CHANGE} events say when. It begins in XICS. */
  DUAL,
  /**
   * A run of the bench, whose backends are swapped; {@link TraceKind#CONTROLLER_SWAP} events say
   * when and to which, the first before anything else.
   */
  SWAPPED;

  /** The name as it stands in a trace: lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The mode of this name, or null. */
  static TraceMode of(String label) {
    for (TraceMode mode : values()) {
      if (mode.label().equals(label)) {
        return mode;
      }
    }
    return null;
  }
}
