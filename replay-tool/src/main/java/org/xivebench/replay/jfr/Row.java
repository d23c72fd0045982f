package org.xivebench.replay.jfr;

/** Where the slots of an event are put: an array of the cursor's own, or each time another one. */
final class Row {
  long[] slots;

  Row(long[] slots) {
    this.slots = slots;
  }
}
