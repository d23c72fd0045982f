package org.xivebench.xive;

/** What became of a trigger at its source. */
public enum TriggerResult {
  /** An event left for the END that the EAS names. */
  FORWARDED,
  /** P was set: Q remembers the trigger, and the EOI forwards it. */
  QUEUED,
  /** Q was set already: the trigger is one with an earlier one. */
  COALESCED,
  /** The source is off; the trigger is dropped. */
  OFF,
  /** P was set, but the EAS is masked or invalid: the event is dropped. */
  MASKED,
  /** The source does not take this trigger: an LSI is driven by its line only. */
  IGNORED
}
