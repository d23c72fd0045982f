package org.xivebench.replay.analysis.collect;

import java.util.IdentityHashMap;
import org.xivebench.replay.jfr.StackTrace;

/**
 * Weights of the stack traces of one chunk. A reader gives one object for each trace and chunk, so
 * that a trace that comes ten thousand times is walked once, at the chunk's end.
 */
public final class TraceWeights {
  private final CallTreeBuilder tree;
  private final IdentityHashMap<StackTrace, long[]> weights = new IdentityHashMap<>();

  public TraceWeights(CallTreeBuilder tree) {
    this.tree = tree;
  }

  /** Adds to the weight of a trace; null is passed over. */
  public void add(StackTrace trace, long weight) {
    if (trace != null) {
      weights.computeIfAbsent(trace, t -> new long[1])[0] += weight;
    }
  }

  /** Hands the weights on to the tree and forgets the traces. */
  public void flush() {
    weights.forEach((trace, weight) -> tree.add(trace, weight[0]));
    weights.clear();
  }

  /** The tree, as of the last {@link #flush}. */
  public CallTreeBuilder tree() {
    return tree;
  }
}
