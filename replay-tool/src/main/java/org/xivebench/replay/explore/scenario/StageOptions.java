package org.xivebench.replay.explore.scenario;

import java.util.List;

/**
 * What the machine of a scenario has.
 *
 * @param vcpuIds ids of the vCPUs, connected as the servers of the same number
 * @param connected how many of them are connected at the start, from the first
 * @param singleEscalation whether the host has one escalation for all priorities
 * @param smtMode stride by which vCPU ids are packed
 * @param lsi whether the external source is level-sensitive
 * @param routed whether the external source is routed to the last connected server, with a queue
 */
public record StageOptions(
    List<Integer> vcpuIds,
    int connected,
    boolean singleEscalation,
    int smtMode,
    boolean lsi,
    boolean routed) {

  /** Two vCPUs, both connected; single escalation; an MSI that is routed to the second. */
  public static final StageOptions DEFAULT =
      new StageOptions(List.of(0, 1), 2, true, 8, false, true);

  /** Returns this with other vCPUs, all connected. */
  public StageOptions withVcpus(Integer... ids) {
    return new StageOptions(List.of(ids), ids.length, singleEscalation, smtMode, lsi, routed);
  }

  /** Returns this with only the first few vCPUs connected. */
  public StageOptions withConnected(int count) {
    return new StageOptions(vcpuIds, count, singleEscalation, smtMode, lsi, routed);
  }

  /** Returns this with or without single escalation. */
  public StageOptions withSingleEscalation(boolean available) {
    return new StageOptions(vcpuIds, connected, available, smtMode, lsi, routed);
  }

  /** Returns this with another stride. */
  public StageOptions withSmtMode(int mode) {
    return new StageOptions(vcpuIds, connected, singleEscalation, mode, lsi, routed);
  }

  /** Returns this with a level-sensitive source. */
  public StageOptions withLsi() {
    return new StageOptions(vcpuIds, connected, singleEscalation, smtMode, true, routed);
  }

  /** Returns this with the source made, but routed nowhere. */
  public StageOptions unrouted() {
    return new StageOptions(vcpuIds, connected, singleEscalation, smtMode, lsi, false);
  }
}
