package org.xivebench.replay.ordered;

import java.util.List;

/**
 * A place where the model answers otherwise than what was recorded.
 *
 * @param sequence number of the event in the trace
 * @param timeNanos its time, in nanoseconds since the epoch
 * @param vcpu index of the vCPU concerned, or -1
 * @param source number of the source concerned, or -1
 * @param operation what was done, as a line
 * @param expected what was recorded
 * @param got what the model answered
 * @param lastOnSource the operations on that source before it, oldest first
 * @param lastOnVcpu the operations of that vCPU before it, oldest first
 */
public record Divergence(
    long sequence,
    long timeNanos,
    int vcpu,
    int source,
    String operation,
    String expected,
    String got,
    List<String> lastOnSource,
    List<String> lastOnVcpu) {

  /** Copies the lists. */
  public Divergence {
    lastOnSource = List.copyOf(lastOnSource);
    lastOnVcpu = List.copyOf(lastOnVcpu);
  }
}
