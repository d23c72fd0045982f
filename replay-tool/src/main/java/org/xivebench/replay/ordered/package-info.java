/**
 * Replay of a trace in its order, by one thread, with every recorded result compared with the
 * model's. Beside it stands {@code engine}, which replays with real threads and checks sums.
 *
 * <p>{@link org.xivebench.replay.ordered.OrderedReplay} reads and compares, {@link
 * org.xivebench.replay.ordered.MachineModel} does the operations.
 */
package org.xivebench.replay.ordered;
