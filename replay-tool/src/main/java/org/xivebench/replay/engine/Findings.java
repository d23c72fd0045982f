package org.xivebench.replay.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a run finds wrong, a line each. Told by any thread. */
final class Findings {
  private final List<String> problems = Collections.synchronizedList(new ArrayList<>());
  private final List<String> stuck = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean failed;

  /** Something is wrong, but the run can go on. */
  void problem(String what) {
    FindingEvent.commit(what);
    problems.add(what);
  }

  /** Something is wrong, and the run ends. */
  void failure(String what) {
    problem(what);
    failed = true;
  }

  /** Something waited too long, and the run ends. */
  void stuck(String what) {
    FindingEvent.commit(what);
    stuck.add(what);
    failed = true;
  }

  /** Whether the run is over because of what was found. */
  boolean isFailed() {
    return failed;
  }

  List<String> problems() {
    return List.copyOf(problems);
  }

  List<String> stuck() {
    return List.copyOf(stuck);
  }

  static String describe(Throwable e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
