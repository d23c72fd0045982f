package org.xivebench.replay.ordered;

import java.util.Locale;

/** Why something in a trace could not be compared. */
public enum Gap {
  /** A hypercall whose status and outputs the trace does not have. */
  HCALL_RESULT("results of hypercalls, which are not recorded"),
  /** An RTAS call of which only the effect on the source is recorded. */
  RTAS_CALL("RTAS calls, of which only what they set is recorded"),
  /** An operation that an importer concluded; its effects are compared. */
  INFERRED("operations that are concluded, not recorded"),
  /** An operation that depends on the vCPU, which is not recorded: it is left out. */
  CALLER("operations left out, since it is not recorded by which vCPU"),
  /** What the events of a XIVE write to guest memory. */
  QUEUE_ENTRY("entries of event queues, which are guest memory"),
  /** The content of a snapshot is not part of a trace. */
  SNAPSHOT("snapshots of the controller's state, whose content is not recorded"),
  /** A log that has nothing of a mode but snapshots does not say that the machine has it. */
  SNAPSHOT_MODE("parts of snapshots of a mode of which nothing else is recorded"),
  /** QEMU's XICS gives a source priority 0 then, and its log of a XICS does not say when. */
  SNAPSHOT_CLAIM(
      "XICS sources in snapshots that were given back and claimed, which is not recorded"),
  /** Something that the model did is of a kind that the trace does not record each time. */
  NOT_OBSERVED("effects of kinds that are not recorded each time"),
  /** What was done where events are lost, the model cannot do: it is in another state since. */
  AFTER_LOSS("events after a place where events are lost, of a trace that was salvaged"),
  /** An in-kernel device does not show it. */
  NOT_SHOWN("effects that an in-kernel device does not show"),
  /** By a known difference; the interrupt comes, or came, at another time. */
  NOT_GIVEN("ends of interrupts that the device did not give, left out"),
  /** An operation that this controller does not have. */
  NOT_APPLICABLE("operations that this controller does not have, left out");

  private final String label;

  Gap(String label) {
    this.label = label;
  }

  /** Name as a field of JSON, such as {@code hcallResult}. */
  public String jsonName() {
    StringBuilder camel = new StringBuilder();
    for (String word : name().toLowerCase(Locale.ROOT).split("_", -1)) {
      camel.append(camel.length() == 0 ? word.charAt(0) : Character.toUpperCase(word.charAt(0)));
      camel.append(word, 1, word.length());
    }
    return camel.toString();
  }

  /** What it is called for people. */
  public String label() {
    return label;
  }
}
