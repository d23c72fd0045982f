package org.xivebench.replay.jfr;

/**
 * Where the slots of an event are put: an array of the cursor's own, or each time another place.
 */
final class Row {
  long[] slots;

  /** Where in it slot 0 is. */
  int base;

  Row(long[] slots) {
    this.slots = slots;
  }
}
