package org.xivebench.replay.explore.scenario;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All scenarios that {@code explore} runs by itself. */
public final class Scenarios {
  private static final List<Scenario> ALL =
      Stream.of(
              ExecutionScenarios.all(),
              HypercallScenarios.all(),
              VmmScenarios.all(),
              InjectionScenarios.all(),
              LastReferenceScenarios.all(),
              SwapScenarios.all())
          .flatMap(List::stream)
          .toList();

  private Scenarios() {}

  /** Returns all, in the order in which they are run. */
  public static List<Scenario> all() {
    return ALL;
  }

  /** Returns the scenario of that name. */
  public static Optional<Scenario> named(String name) {
    return ALL.stream().filter(each -> each.name().equals(name)).findFirst();
  }
}
