package org.xivebench.replay.explore.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.release.Step;

/** docs/swap.md says what each step of a swap is for; that is what the scenarios show. */
class SwapPageTest {
  private static final Path PAGE = Path.of("..", "docs", "swap.md");
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-z,-]+)` \\| ([a-z-]+)(?:, from (XIVE|XICS))? \\| `([^`]+)` \\|");

  private record Row(Set<Step> without, String scenario, String from, String report) {}

  private static List<Row> rows() throws IOException {
    return Files.readAllLines(PAGE).stream()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .map(row -> new Row(steps(row.group(1)), row.group(2), row.group(3), row.group(4)))
        .toList();
  }

  private static Set<Step> steps(String names) {
    return Stream.of(names.split(","))
        .map(name -> Step.named(name).orElseThrow())
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Step.class)));
  }

  @Test
  void page_saysWhatTheScenariosShow() throws IOException {
    assertTrue(rows().size() >= 10);
    for (Row row : rows()) {
      Scenario scenario = Scenarios.named(row.scenario()).orElseThrow();
      List<IrqType> from =
          row.from() == null
              ? List.of(IrqType.XIVE, IrqType.XICS)
              : List.of(IrqType.valueOf(row.from()));
      assertTrue(
          scenario.weaknesses().stream()
              .filter(weakness -> weakness.without().equals(row.without()))
              .filter(weakness -> from.stream().allMatch(weakness::concerns))
              .anyMatch(weakness -> weakness.symptom().equals(row.report())),
          row.toString());
    }
  }

  @Test
  void page_namesEveryStepOfASwap() throws IOException {
    Set<Step> named = EnumSet.noneOf(Step.class);
    rows().forEach(row -> named.addAll(row.without()));

    assertEquals(
        List.of(),
        Stream.of(Step.values())
            .filter(step -> step.name().startsWith("SWAP_") && !named.contains(step))
            .toList());
  }
}
