/**
 * Concurrent replay: a thread for each vCPU, a thread that injects what the trace's devices did, a
 * thread that swaps the controller, and the law by which every interrupt is accounted for.
 *
 * <p>{@link org.xivebench.replay.engine.ConcurrentReplay} is the way in; it knows nothing of the
 * command line.
 */
package org.xivebench.replay.engine;
