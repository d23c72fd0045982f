package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * Stack traces added up from the outermost frame inwards: what a flame graph shows. It is cut to
 * its heaviest nodes; the weight of what was cut off stays with the node above it.
 *
 * @param name unique in the section
 * @param title for people
 * @param unit what the weights count
 * @param root stands for all traces; it has no method
 * @param truncatedTraces weight of traces that were deeper than what was recorded: their outermost
 *     frame is not that of the thread
 */
public record CallTree(String name, String title, Unit unit, Node root, long truncatedTraces) {
  /**
   * A method as called from the node above it.
   *
   * @param method {@code Class.method}; empty for the root
   * @param total weight of all traces that go through the node
   * @param children the heaviest first; the totals of all children together are at most {@code
   *     total}
   */
  public record Node(String method, long total, List<Node> children) {
    /** Copies the list. */
    public Node {
      children = List.copyOf(children);
    }

    /** Weight of the traces that end here, or whose inner frames were cut off. */
    public long self() {
      return total - children.stream().mapToLong(Node::total).sum();
    }
  }
}
