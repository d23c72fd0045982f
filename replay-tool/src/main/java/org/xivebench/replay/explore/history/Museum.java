package org.xivebench.replay.explore.history;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.xivebench.replay.explore.scenario.Scenario;

/** All cases, in the order of their commits; those that kernels have to this day last. */
public final class Museum {
  private static final List<HistoryCase> ALL =
      Stream.of(
              ReleaseCases.all(),
              LockCases.all(),
              ConfigurationCases.all(),
              EscalationCases.all(),
              CreateCases.all(),
              WindowCases.all())
          .flatMap(List::stream)
          .toList();

  private Museum() {}

  /** Returns all cases. */
  public static List<HistoryCase> all() {
    return ALL;
  }

  /** Returns the scenarios that cases show, the first of each name. */
  public static List<Scenario> scenarios() {
    Map<String, Scenario> named = new LinkedHashMap<>();
    ALL.stream()
        .flatMap(each -> each.exhibits().stream())
        .map(Exhibit::scenario)
        .forEach(scenario -> named.putIfAbsent(scenario.name(), scenario));
    return List.copyOf(named.values());
  }

  /** Returns a scenario that a case shows, by its name. */
  public static Optional<Scenario> scenario(String name) {
    return scenarios().stream().filter(each -> each.name().equals(name)).findFirst();
  }

  /** Returns the case of that name, title, or hash of which at least 6 digits are given. */
  public static Optional<HistoryCase> named(String text) {
    return ALL.stream().filter(each -> each.isNamed(text)).findFirst();
  }
}
