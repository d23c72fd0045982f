package org.xivebench.replay.soak;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a soak run finds, a line each. The first finding ends the run: what follows proves nothing.
 */
final class SoakFindings {
  private final List<String> problems = new CopyOnWriteArrayList<>();
  private final List<String> stuck = new CopyOnWriteArrayList<>();

  void problem(String what) {
    problems.add(what);
  }

  void stuck(String what) {
    stuck.add(what);
  }

  boolean isEmpty() {
    return problems.isEmpty() && stuck.isEmpty();
  }

  List<String> problems() {
    return problems;
  }

  List<String> stuck() {
    return stuck;
  }
}
