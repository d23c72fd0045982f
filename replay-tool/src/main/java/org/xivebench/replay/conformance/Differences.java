package org.xivebench.replay.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.InputException;
import org.xivebench.replay.vmm.InterruptMode;
import org.xivebench.xive.Quirks;

/**
 * Runs files that an emulated XICS answered on the XICS device of KVM, each up to its first
 * difference, and groups these by where they come from.
 */
public final class Differences {
  private final ScenarioRunner runner;
  private final Map<DifferenceKind, List<ScenarioResult>> byKind =
      new EnumMap<>(DifferenceKind.class);
  private int fileCount;
  private long operationCount;

  /**
   * @param deviceTypes gives the in-kernel device for a mode
   */
  public Differences(Function<IrqType, DeviceType> deviceTypes) {
    this.runner = new ScenarioRunner(deviceTypes, Quirks.NONE, false);
  }

  /**
   * Runs a file.
   *
   * @throws InputException if it cannot be read, is damaged, or is not one of XICS
   */
  public void run(Path file) throws IOException {
    Classified watched = new Classified(file);
    ScenarioResult result = runner.run(file, Irqchip.IN_KERNEL, watched::watch);
    fileCount++;
    operationCount += result.operations();
    if (!result.passed()) {
      byKind.merge(
          watched.classifier.kind(),
          List.of(result),
          (before, one) -> Stream.concat(before.stream(), one.stream()).toList());
    }
  }

  /** Makes the classifier when the header has been read. */
  private static final class Classified {
    private final Path file;
    private DifferenceClassifier classifier;

    Classified(Path file) {
      this.file = file;
    }

    ScenarioRunner.Watcher watch(ScenarioHeader header) throws InputException {
      if (header.mode() != InterruptMode.XICS) {
        throw new InputException(
            file, "line 1", "not of a XICS: differences are known of ic_mode \"xics\" only");
      }
      classifier = new DifferenceClassifier(header);
      return classifier;
    }
  }

  /** Returns how many files were run. */
  public int fileCount() {
    return fileCount;
  }

  /** Returns how many operations were run, the differing ones included. */
  public long operationCount() {
    return operationCount;
  }

  /** Returns in how many files there was a difference. */
  public int count() {
    return byKind.values().stream().mapToInt(List::size).sum();
  }

  /** Returns how many of them no kind explains. */
  public int unexplained() {
    return of(DifferenceKind.UNEXPLAINED).size();
  }

  /** Returns the kinds that were met, the most frequent first. */
  public List<DifferenceKind> kinds() {
    return byKind.keySet().stream()
        .sorted(Comparator.comparingInt(kind -> -byKind.get(kind).size()))
        .toList();
  }

  /** Returns the files whose first difference is of a kind, as they were run. */
  public List<ScenarioResult> of(DifferenceKind kind) {
    return byKind.getOrDefault(kind, List.of());
  }
}
