package org.xivebench.replay.ordered;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a recorded run cost the guest and the controller.
 *
 * @param hypercalls of all vCPUs, RTAS calls among them; not H_CEDE and H_PROD, which are not
 *     recorded
 * @param esbAccesses loads and stores of the guest
 * @param timaAccesses loads and stores of the guest
 * @param queueEntries written by the hardware
 * @param retriggers EOIs that found Q set
 * @param deliveredByServer handler runs, by server number
 */
public record RunEffort(
    long hypercalls,
    long esbAccesses,
    long timaAccesses,
    long queueEntries,
    long retriggers,
    Map<Integer, Long> deliveredByServer) {

  /** Copies the map, in the order of the servers. */
  public RunEffort {
    deliveredByServer = java.util.Collections.unmodifiableMap(new TreeMap<>(deliveredByServer));
  }
}
