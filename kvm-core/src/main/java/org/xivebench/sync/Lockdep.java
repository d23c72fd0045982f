package org.xivebench.sync;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Learns in which order lock classes nest while the program runs, and reports an inversion the
 * first time that it is seen, with both stacks, whether or not anything deadlocked: what the
 * kernel's lockdep does.
 *
 * <p>Off unless the JVM was started with {@code -Dxivebench.lockdep=true}; a run without it must
 * say "not checked", never 0.
 */
public final class Lockdep {
  /** Whether lock order is checked in this JVM. A constant to the JIT compiler. */
  public static final boolean ENABLED = Boolean.getBoolean("xivebench.lockdep");

  /** The locks that a thread holds, innermost first. */
  private static final TaskLocal<Deque<Mutex>> HELD = new TaskLocal<>(ArrayDeque::new);

  /**
   * Per class that was held: the classes taken below it, with where that was first seen. Guarded by
   * itself.
   */
  private static final Map<LockClass, Map<LockClass, Edge>> EDGES = new HashMap<>();

  private static final Set<List<LockClass>> REPORTED = new HashSet<>();
  private static final List<LockOrderReport> REPORTS = new CopyOnWriteArrayList<>();

  private Lockdep() {}

  private record Edge(String thread, String stack) {}

  /** Returns what was found since the start or the last {@link #reset}. */
  public static List<LockOrderReport> reports() {
    return List.copyOf(REPORTS);
  }

  /** Forgets the learnt order and all reports. */
  public static void reset() {
    synchronized (EDGES) {
      EDGES.clear();
      REPORTED.clear();
      REPORTS.clear();
    }
  }

  /**
   * Returns the locks that the calling thread holds, innermost first; empty when not {@link
   * #ENABLED}.
   */
  public static List<String> heldByCurrentThread() {
    if (!ENABLED) {
      return List.of();
    }
    return HELD.get().stream().map(Mutex::toString).toList();
  }

  static void acquiring(Mutex lock) {
    if (!ENABLED) {
      return;
    }
    Deque<Mutex> held = HELD.get();
    if (held.isEmpty()) {
      return;
    }
    Scheduler scheduler = Schedule.ofCurrentThread();
    if (scheduler != null && scheduler.isUnwinding()) {
      return;
    }
    for (Mutex outer : held) {
      record(outer.lockClass(), lock.lockClass());
    }
  }

  static void acquired(Mutex lock) {
    if (ENABLED) {
      HELD.get().push(lock);
    }
  }

  static void released(Mutex lock) {
    if (ENABLED) {
      HELD.get().removeFirstOccurrence(lock);
    }
  }

  private static void record(LockClass outer, LockClass inner) {
    synchronized (EDGES) {
      Map<LockClass, Edge> below = EDGES.computeIfAbsent(outer, key -> new HashMap<>());
      if (below.containsKey(inner)) {
        return;
      }
      Edge edge = new Edge(Thread.currentThread().getName(), stack());
      below.put(inner, edge);
      if (outer.equals(inner)) {
        if (!outer.nestable()) {
          report(outer, inner, edge, null);
        }
        return;
      }
      Edge reverse = pathFrom(inner, outer);
      if (reverse != null) {
        report(outer, inner, edge, reverse);
      } else if (inner.rank() < outer.rank()) {
        report(outer, inner, edge, null);
      }
    }
  }

  /**
   * Returns the first edge of a path from one class to another in the learnt order, or null if
   * there is none.
   */
  private static Edge pathFrom(LockClass from, LockClass to) {
    Set<LockClass> seen = new HashSet<>(Set.of(from));
    Deque<LockClass> open = new ArrayDeque<>(seen);
    Map<LockClass, Edge> first = new HashMap<>();
    while (!open.isEmpty()) {
      LockClass at = open.poll();
      for (Map.Entry<LockClass, Edge> next : EDGES.getOrDefault(at, Map.of()).entrySet()) {
        Edge edge = first.getOrDefault(at, next.getValue());
        if (next.getKey().equals(to)) {
          return edge;
        }
        if (seen.add(next.getKey())) {
          first.put(next.getKey(), edge);
          open.add(next.getKey());
        }
      }
    }
    return null;
  }

  private static void report(LockClass outer, LockClass inner, Edge edge, Edge reverse) {
    if (!REPORTED.add(List.of(outer, inner))) {
      return;
    }
    LockOrderReport report =
        new LockOrderReport(
            outer.name(),
            inner.name(),
            edge.thread(),
            edge.stack(),
            reverse == null ? null : reverse.thread(),
            reverse == null ? null : reverse.stack());
    REPORTS.add(report);
    LockOrderEvent.commit(report);
  }

  private static String stack() {
    List<String> frames = new ArrayList<>();
    StackWalker.getInstance()
        .forEach(
            frame -> {
              String className = frame.getClassName();
              if (!className.equals(Lockdep.class.getName())
                  && !className.equals(Mutex.class.getName())) {
                frames.add(frame.toString());
              }
            });
    return String.join("\n", frames);
  }
}
