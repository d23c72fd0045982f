package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Weakness;

/** What {@code explore --list} tells: what there is to choose from. */
final class ScenarioList {
  private static final String NAMED = "  %-22s %s%n";
  private static final String UNDER = " ".repeat(25);

  private final Set<Scenario> scenarios = new LinkedHashSet<>();
  private final List<DeviceType> backends;

  /**
   * @param targets what is listed
   * @param backends all that there are
   */
  ScenarioList(List<ScenarioSearch.Target> targets, List<DeviceType> backends) {
    targets.forEach(target -> scenarios.add(target.scenario()));
    this.backends = backends;
  }

  /** Prints it. */
  void print(PrintStream out) {
    out.println("Scenarios, for --scenario; each fails under the options below it:");
    scenarios.forEach(scenario -> print(scenario, out));
    out.println("Scenarios of the museum, for --scenario; not run by themselves:");
    for (Scenario each : NamedScenarios.onlyOfMuseum()) {
      out.printf(Locale.ROOT, NAMED, each.name(), each.description());
    }
    out.println("Paths into an interrupt controller, and the scenarios that drive them:");
    for (Path path : Path.values()) {
      String driving =
          scenarios.stream()
              .filter(scenario -> scenario.paths().contains(path))
              .map(Scenario::name)
              .collect(Collectors.joining(", "));
      out.printf(Locale.ROOT, "  %-4s %-53s %s%n", path, path.description(), driving);
    }
    out.println("Protocols, for --protocol:");
    for (ReleaseProtocol each : ReleaseProtocol.all()) {
      out.printf(Locale.ROOT, NAMED, each.name(), each.description());
    }
    out.println("Steps, for --without, --with and --move:");
    for (Step each : Step.values()) {
      out.printf(Locale.ROOT, NAMED, each.optionName(), each.effect());
    }
    out.println("Fixes of the kernel, for --without and --with:");
    for (KernelFix each : KernelFix.values()) {
      out.printf(
          Locale.ROOT,
          "  %-22s %s (%s since %s)%n",
          each.optionName(),
          each.effect(),
          each.commit().orElse("not in Linux;"),
          each.since().optionName());
    }
  }

  private void print(Scenario scenario, PrintStream out) {
    List<String> types = namesOf(scenario);
    String only = types.size() == backends.size() ? "" : "; only on " + String.join(", ", types);
    out.printf(
        Locale.ROOT,
        "  %-22s %s (%s%s)%n",
        scenario.name(),
        scenario.description(),
        joined(scenario.paths()),
        only);
    for (Weakness weakness : scenario.weaknesses()) {
      out.println(
          UNDER
              + weakness.options()
              + weakness.backend().map(type -> ", on " + nameOf(weakness)).orElse("")
              + ": "
              + weakness.symptom());
    }
  }

  private List<String> namesOf(Scenario scenario) {
    return backends.stream()
        .filter(type -> scenario.appliesTo(type, backends))
        .map(DeviceType::name)
        .toList();
  }

  private String nameOf(Weakness weakness) {
    return backends.stream()
        .filter(type -> weakness.concerns(type.irqType()))
        .map(DeviceType::name)
        .collect(Collectors.joining(", "));
  }

  private static String joined(Collection<Path> paths) {
    return paths.stream().map(Path::name).collect(Collectors.joining(", "));
  }

  /** Returns the scenarios, as JSON. */
  ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode array = root.putArray("scenarios");
    for (Scenario scenario : scenarios) {
      ObjectNode node =
          array
              .addObject()
              .put("scenario", scenario.name())
              .put("description", scenario.description());
      namesOf(scenario).forEach(node.putArray("backends")::add);
      ExploreReport.putPaths(scenario.paths(), node);
      ArrayNode fails = node.putArray("failsUnder");
      for (Weakness weakness : scenario.weaknesses()) {
        fails
            .addObject()
            .put("options", weakness.options())
            .put("backends", nameOf(weakness))
            .put("report", weakness.symptom());
      }
    }
    return root;
  }
}
