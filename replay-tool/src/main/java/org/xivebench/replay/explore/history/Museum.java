package org.xivebench.replay.explore.history;

import java.util.List;
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

  /** Returns a scenario that a case shows, by its name. */
  public static Optional<Scenario> scenario(String name) {
    return ALL.stream()
        .flatMap(each -> each.exhibits().stream())
        .map(Exhibit::scenario)
        .filter(each -> each.name().equals(name))
        .findFirst();
  }

  /** Returns the case of that name, title, or hash of which at least 6 digits are given. */
  public static Optional<HistoryCase> named(String text) {
    return ALL.stream().filter(each -> each.isNamed(text)).findFirst();
  }
}
