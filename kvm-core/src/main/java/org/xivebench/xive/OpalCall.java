package org.xivebench.xive;

/** The firmware's XIVE calls. Source: Linux v5.10 opal-api.h. */
public enum OpalCall {
  /** OPAL_XIVE_GET_IRQ_INFO. */
  GET_IRQ_INFO(129),
  /** OPAL_XIVE_SET_IRQ_CONFIG. */
  SET_IRQ_CONFIG(131),
  /** OPAL_XIVE_GET_QUEUE_INFO. */
  GET_QUEUE_INFO(132),
  /** OPAL_XIVE_SET_QUEUE_INFO. */
  SET_QUEUE_INFO(133),
  /** OPAL_XIVE_DONATE_PAGE. */
  DONATE_PAGE(134),
  /** OPAL_XIVE_ALLOCATE_VP_BLOCK. */
  ALLOCATE_VP_BLOCK(135),
  /** OPAL_XIVE_FREE_VP_BLOCK. */
  FREE_VP_BLOCK(136),
  /** OPAL_XIVE_GET_VP_INFO. */
  GET_VP_INFO(137),
  /** OPAL_XIVE_SET_VP_INFO. */
  SET_VP_INFO(138),
  /** OPAL_XIVE_ALLOCATE_IRQ. */
  ALLOCATE_IRQ(139),
  /** OPAL_XIVE_FREE_IRQ. */
  FREE_IRQ(140),
  /** OPAL_XIVE_SYNC. */
  SYNC(141),
  /** OPAL_XIVE_GET_QUEUE_STATE. */
  GET_QUEUE_STATE(143),
  /** OPAL_XIVE_SET_QUEUE_STATE. */
  SET_QUEUE_STATE(144),
  /** OPAL_XIVE_GET_VP_STATE. */
  GET_VP_STATE(170);

  private final int token;

  OpalCall(int token) {
    this.token = token;
  }

  /** Returns the call's number. */
  public int token() {
    return token;
  }
}
