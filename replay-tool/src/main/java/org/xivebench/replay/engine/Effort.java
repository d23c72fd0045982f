package org.xivebench.replay.engine;

import java.util.List;

/**
 * What a run cost the guest and the controller.
 *
 * @param hypercalls of all vCPUs, RTAS calls among them
 * @param exits how often a vCPU left the guest
 * @param esbAccesses loads and stores of the guest
 * @param timaAccesses loads and stores of the guest
 * @param queueEntries written by the hardware
 * @param retriggers EOIs that found Q set
 * @param deliveredByServer handler runs, IPIs among them, in the order of the servers
 */
public record Effort(
    long hypercalls,
    long exits,
    long esbAccesses,
    long timaAccesses,
    long queueEntries,
    long retriggers,
    List<ServerShare> deliveredByServer) {

  /**
   * What was delivered to one server.
   *
   * @param server its number
   * @param delivered handler runs
   */
  public record ServerShare(int server, long delivered) {}

  /** Copies the list. */
  public Effort {
    deliveredByServer = List.copyOf(deliveredByServer);
  }
}
