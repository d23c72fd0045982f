package org.xivebench.replay.cli;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.xivebench.replay.UsageException;
import org.xivebench.xive.Quirk;
import org.xivebench.xive.Quirks;
import picocli.CommandLine.Option;

/** What the emulated controllers do beside the architecture. */
final class QuirksOption {
  private static final String QEMU = "qemu-7.2";
  private static final String NONE = "none";

  @Option(
      names = "--quirks",
      paramLabel = "SET",
      defaultValue = NONE,
      description =
          "What the emulated controllers do that the architecture does not: qemu-7.2, none"
              + " (default), or names of quirks, separated by commas.")
  private String names;

  /** Whether quirks other than none were asked for. */
  boolean isGiven() {
    return !names.equalsIgnoreCase(NONE);
  }

  /**
   * Returns the quirks that were asked for.
   *
   * @throws UsageException for a name that is not known
   */
  Quirks quirks() {
    if (names.equalsIgnoreCase(QEMU)) {
      return Quirks.QEMU_7_2;
    }
    if (names.equalsIgnoreCase(NONE)) {
      return Quirks.NONE;
    }
    Set<Quirk> quirks = EnumSet.noneOf(Quirk.class);
    for (String name : names.split(",", -1)) {
      quirks.add(
          Arrays.stream(Quirk.values())
              .filter(quirk -> nameOf(quirk).equals(name.strip().toLowerCase(Locale.ROOT)))
              .findFirst()
              .orElseThrow(() -> unknown(name)));
    }
    return Quirks.of(quirks);
  }

  private static UsageException unknown(String name) {
    String known =
        Arrays.stream(Quirk.values()).map(QuirksOption::nameOf).collect(Collectors.joining(", "));
    return new UsageException(
        "no quirk is named '"
            + name
            + "'; there are "
            + QEMU
            + " for all of them, "
            + NONE
            + ", and "
            + known);
  }

  private static String nameOf(Quirk quirk) {
    return quirk.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
