package org.xivebench.replay.cli;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.xivebench.replay.explore.history.Museum;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Scenarios;

/** The scenarios that users can name: those that are run by themselves, and the museum's. */
final class NamedScenarios {
  private NamedScenarios() {}

  /** Returns the scenario of a name; a name that both have is of the one that is run by itself. */
  static Optional<Scenario> named(String name) {
    return Scenarios.named(name).or(() -> Museum.scenario(name));
  }

  /** Returns those of the museum that have a name of their own. */
  static List<Scenario> onlyOfMuseum() {
    return Museum.scenarios().stream()
        .filter(each -> Scenarios.named(each.name()).isEmpty())
        .toList();
  }

  /** Returns all names. */
  static List<String> names() {
    return Stream.concat(Scenarios.all().stream(), onlyOfMuseum().stream())
        .map(Scenario::name)
        .toList();
  }
}
