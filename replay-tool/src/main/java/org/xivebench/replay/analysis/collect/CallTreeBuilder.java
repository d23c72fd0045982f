package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.analysis.model.CallTree;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.StackFrame;
import org.xivebench.replay.jfr.StackTrace;

/**
 * Adds stack traces up to a {@link CallTree}. The tree has a bounded number of nodes: when it grows
 * beyond, the lightest branches are cut off, their weight staying with the node above.
 */
public final class CallTreeBuilder {
  /** Nodes while collecting. */
  static final int MAX_NODES = 40_000;

  /** Nodes of a result: a page of some hundred kilobytes. */
  static final int RESULT_NODES = 5_000;

  private static final class Node {
    final String method;
    final Map<String, Node> children = new HashMap<>(4);
    long total;

    Node(String method) {
      this.method = method;
    }
  }

  private final String name;
  private final String title;
  private final Unit unit;
  private final Node root = new Node("");
  private final Counts innermost = new Counts();
  private long truncated;
  private int nodes;

  /** See {@link CallTree} for what the parameters are. */
  public CallTreeBuilder(String name, String title, Unit unit) {
    this.name = name;
    this.title = title;
    this.unit = unit;
  }

  /** Adds a trace that stands for {@code weight}; a trace without frames is not counted. */
  public void add(StackTrace trace, long weight) {
    List<StackFrame> frames = trace.frames();
    if (frames.isEmpty() || weight <= 0) {
      return;
    }
    if (trace.truncated()) {
      truncated += weight;
    }
    root.total += weight;
    Node node = root;
    for (int i = frames.size() - 1; i >= 0; i--) {
      String method = Frames.method(frames.get(i));
      Node child = node.children.get(method);
      if (child == null) {
        child = new Node(method);
        node.children.put(method, child);
        nodes++;
      }
      child.total += weight;
      node = child;
    }
    innermost.add(node.method, weight);
    if (nodes > MAX_NODES) {
      prune(root, MAX_NODES / 2);
    }
  }

  /** Adds all traces of another. */
  public void addAll(CallTreeBuilder other) {
    addAll(root, other.root);
    innermost.addAll(other.innermost);
    truncated += other.truncated;
    if (nodes > MAX_NODES) {
      prune(root, MAX_NODES / 2);
    }
  }

  private void addAll(Node into, Node from) {
    into.total += from.total;
    from.children.forEach(
        (method, child) -> {
          Node mine = into.children.get(method);
          if (mine == null) {
            mine = new Node(method);
            into.children.put(method, mine);
            nodes++;
          }
          addAll(mine, child);
        });
  }

  /** Cuts the lightest branches off until at most {@code limit} nodes are left. */
  private void prune(Node top, int limit) {
    List<Long> totals = new ArrayList<>();
    collectTotals(top, totals);
    totals.sort(Comparator.reverseOrder());
    if (totals.size() > limit) {
      long threshold = totals.get(limit); // what is as light as the first one too many goes too
      nodes -= cut(top, threshold);
    }
  }

  private static void collectTotals(Node node, List<Long> totals) {
    for (Node child : node.children.values()) {
      totals.add(child.total);
      collectTotals(child, totals);
    }
  }

  private static int cut(Node node, long threshold) {
    int removed = 0;
    List<Node> light =
        node.children.values().stream().filter(child -> child.total <= threshold).toList();
    for (Node child : light) {
      removed += 1 + size(child);
      node.children.remove(child.method);
    }
    for (Node child : node.children.values()) {
      removed += cut(child, threshold);
    }
    return removed;
  }

  private static int size(Node node) {
    int size = node.children.size();
    for (Node child : node.children.values()) {
      size += size(child);
    }
    return size;
  }

  /** Weight by the method in which the traces end. */
  public Counts innermost() {
    return innermost;
  }

  /** What was collected so far; fewer nodes may be left afterwards. */
  public CallTree result() {
    prune(root, RESULT_NODES);
    return new CallTree(name, title, unit, freeze(root), truncated);
  }

  private static CallTree.Node freeze(Node node) {
    List<CallTree.Node> children =
        node.children.values().stream()
            .sorted(
                Comparator.comparingLong((Node child) -> child.total)
                    .reversed()
                    .thenComparing(child -> child.method))
            .map(CallTreeBuilder::freeze)
            .toList();
    return new CallTree.Node(node.method, node.total, children);
  }
}
