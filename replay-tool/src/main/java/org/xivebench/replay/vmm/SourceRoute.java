package org.xivebench.replay.vmm;

/**
 * Where the guest has routed a source by {@code H_INT_SET_SOURCE_CONFIG}.
 *
 * @param masked whether its events are dropped
 * @param reset whether it is as after a reset: never routed, or masked by priority 0xff
 * @param server the target
 * @param priority 0 to 6
 * @param eisn what the queue entries say, 31 bits
 */
public record SourceRoute(boolean masked, boolean reset, int server, int priority, int eisn) {
  /** Nowhere. */
  static final SourceRoute RESET = new SourceRoute(true, true, 0, 0, 0);

  SourceRoute withMasked(boolean nowMasked) {
    return new SourceRoute(nowMasked, reset, server, priority, eisn);
  }
}
