package org.xivebench.replay.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.InputException;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Quirks;
import org.xivebench.xivenative.XiveNativeDeviceType;

/**
 * Runs conformance files in QEMU and on our models, and prints what an operation takes in each, and
 * how many answers are not those of the file. Run by {@code verification/qemu/run}.
 */
final class QemuComparison {
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final QemuGuest guest;
  private final int repeat;
  private boolean failed;
  private boolean refused;

  private QemuComparison(QemuGuest guest, int repeat) {
    this.guest = guest;
    this.repeat = repeat;
  }

  /**
   * Compares.
   *
   * @param args the QEMU program, the guest's image, how often a script is run and timed, and files
   *     or folders; if 0 times, only answers are looked at
   */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    try {
      List<Path> named = Arrays.stream(args).skip(3).map(Path::of).toList();
      QemuComparison comparison =
          new QemuComparison(new QemuGuest(args[0], Path.of(args[1])), Integer.parseInt(args[2]));
      printHeading();
      for (Path file : ScenarioFiles.find(named)) {
        comparison.compare(file);
      }
      return comparison.failed ? 1 : comparison.refused ? 3 : 0;
    } catch (InputException e) {
      System.err.println(e.getMessage());
      return 3;
    } catch (IOException e) {
      System.err.println(e.getMessage());
      return 1;
    }
  }

  private static void printHeading() {
    System.out.printf(
        "%-30s %10s  %26s  %17s  %26s%n",
        "", "", "ns per operation      ", "QEMU / ours    ", "other answers       ");
    System.out.printf(
        "%-30s %10s  %8s %8s %8s  %8s %8s  %8s %8s %8s%n",
        "scenario",
        "operations",
        "QEMU",
        "emulated",
        "kernel",
        "emulated",
        "kernel",
        "QEMU",
        "emulated",
        "kernel");
  }

  private void compare(Path file) throws IOException {
    List<Operation> operations = new ArrayList<>();
    try (ScenarioReader reader = new ScenarioReader(file)) {
      Operation operation;
      while ((operation = reader.next()) != null) {
        operations.add(operation);
      }
      compare(file, reader, operations);
    } catch (InputException e) {
      System.err.println(e.getMessage());
      refused = true;
    }
  }

  private void compare(Path file, ScenarioReader reader, List<Operation> operations)
      throws IOException {
    ScenarioHeader header = reader.header();
    // The first boot is the one whose answers a file has; QEMU translates the guest in it.
    List<QemuGuest.Round> qemu =
        guest.run(header, GuestTable.of(reader, operations, repeat + 1), repeat + 1);
    List<ScenarioTimer.Round> emulated = rounds(file, reader, operations, Irqchip.EMULATED);
    List<ScenarioTimer.Round> inKernel = rounds(file, reader, operations, Irqchip.IN_KERNEL);
    long counted = operations.stream().mapToLong(QemuComparison::weight).sum();
    System.out.println(
        line(
                header.name(),
                counted,
                median(qemu, QemuGuest.Round::nanos) / counted,
                median(emulated, ScenarioTimer.Round::nanos) / counted,
                median(inKernel, ScenarioTimer.Round::nanos) / counted)
            + String.format(
                Locale.ROOT,
                "  %8d %8d %8d",
                qemu.get(0).mismatchCount(),
                emulated.get(0).mismatchCount(),
                inKernel.get(0).mismatchCount()));
    if (repeat > 0) {
      System.out.println(
          line(
              "  an empty operation",
              0,
              median(qemu, QemuGuest.Round::emptyNanos),
              median(emulated, ScenarioTimer.Round::emptyNanos),
              median(inKernel, ScenarioTimer.Round::emptyNanos)));
    }
    for (QemuGuest.WrongAnswer wrong : qemu.get(0).mismatches()) {
      System.out.println("  QEMU, line " + wrong.line() + ": " + inWords(wrong, operations));
    }
    long ours =
        Irqchip.of(file) == Irqchip.EMULATED
            ? emulated.get(0).mismatchCount()
            : inKernel.get(0).mismatchCount();
    failed |= qemu.get(0).mismatchCount() + ours > 0;
  }

  private static String inWords(QemuGuest.WrongAnswer wrong, List<Operation> operations) {
    Operation operation =
        operations.stream().filter(each -> each.line() == wrong.line()).findFirst().orElseThrow();
    String code = CallNames.ofCode(wrong.code());
    Answer got =
        switch (operation.name()) {
          case "hcall", "cas" -> new Answer(code, wrong.values());
          case "rtas" -> new Answer(code + " status " + wrong.status(), wrong.values());
          default -> new Answer("", wrong.values());
        };
    return operation.text() + ", got " + got;
  }

  /** How many operations one counts for. */
  private static long weight(Operation operation) {
    if (!ScenarioTimer.counts(operation)) {
      return 0;
    }
    return operation.name().equals("burst")
        ? 2L * operation.integer("count", 0, Integer.MAX_VALUE)
        : 1;
  }

  /** Returns the first round, whose answers count, and those that are timed. */
  private List<ScenarioTimer.Round> rounds(
      Path file, ScenarioReader reader, List<Operation> operations, Irqchip irqchip)
      throws IOException {
    ScenarioRunner runner = new ScenarioRunner(QemuComparison::device, Quirks.QEMU_7_2, true);
    ScenarioTimer timer = new ScenarioTimer(runner, irqchip);
    List<ScenarioTimer.Round> rounds = new ArrayList<>();
    rounds.add(timer.round(file, reader, operations));
    long start = System.nanoTime();
    while (repeat > 0 && System.nanoTime() - start < WARM_UP_NANOS) {
      ScenarioTimer.Round unusedWarmUp = timer.round(file, reader, operations);
    }
    for (int i = 0; i < repeat; i++) {
      rounds.add(timer.round(file, reader, operations));
    }
    return rounds;
  }

  private static DeviceType device(IrqType type) {
    return type == IrqType.XIVE ? new XiveNativeDeviceType() : new XicsDeviceType();
  }

  private static String line(
      String name, long operations, double qemu, double emulated, double inKernel) {
    return String.format(
        Locale.ROOT,
        "%-30s %10s  %8s %8s %8s  %8s %8s",
        name,
        operations == 0 ? "" : operations,
        figure(qemu),
        figure(emulated),
        figure(inKernel),
        figure(qemu / emulated),
        figure(qemu / inKernel));
  }

  private static String figure(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.1f", value) : "-";
  }

  /** Returns the median of all rounds but the first; NaN if there are none. */
  private static <T> double median(List<T> rounds, ToDoubleFunction<T> figure) {
    double[] sorted = rounds.stream().skip(1).mapToDouble(figure).sorted().toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
