package org.xivebench.replay.conformance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Runs the guest of {@code verification/qemu} in QEMU, and reads what it prints. */
final class QemuGuest {
  private static final int MOST_SECONDS = 300;
  private static final int FIRST_MSI_SLOT = 9;
  private static final int MSI_DEVICES = 8;
  private static final int FIRST_LSI_SLOT = 4;
  private static final int LSI_DEVICES = 4;

  /** The time base of a pseries machine: 512 MHz. */
  private static final double NANOS_PER_TICK = 1000.0 / 512;

  private final String qemu;
  private final Path image;

  /**
   * @param qemu the program
   * @param image of the guest
   */
  QemuGuest(String qemu, Path image) {
    this.qemu = qemu;
    this.image = image;
  }

  /** QEMU or the guest did not do what it is there for. */
  static final class FailedException extends IOException {
    private static final long serialVersionUID = 1L;

    FailedException(String message) {
      super(message);
    }
  }

  /**
   * What a guest that was booted once reports.
   *
   * @param nanos that the operations took
   * @param emptyNanos that an operation takes which does nothing
   * @param mismatchCount how many answers were not as recorded
   * @param mismatches the first of these
   */
  record Round(double nanos, double emptyNanos, long mismatchCount, List<WrongAnswer> mismatches) {}

  /**
   * An answer that is not as recorded.
   *
   * @param line of the operation in its file
   * @param code that a call returned
   * @param status that an RTAS call returned
   * @param values the results
   */
  record WrongAnswer(long line, long code, int status, List<Long> values) {}

  /**
   * Does a table's operations, each time after a boot.
   *
   * @param rounds how many times, as the table says
   */
  List<Round> run(ScenarioHeader header, byte[] table, int rounds) throws IOException {
    Path file = Files.createTempFile("xivebench-qemu", ".table");
    try {
      file.toFile().deleteOnExit(); // for an interrupt
      Files.write(file, table);
      Process process = new ProcessBuilder(command(header, file)).redirectErrorStream(true).start();
      process.getOutputStream().close();
      // A guest that hangs says nothing more: whoever waits for its next line is freed by the end.
      var unusedWatchdog =
          process
              .onExit()
              .orTimeout(MOST_SECONDS, TimeUnit.SECONDS)
              .exceptionally(timeout -> process.destroyForcibly());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII))) {
        return read(lines, rounds);
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.delete(file);
    }
  }

  private List<String> command(ScenarioHeader header, Path table) {
    List<String> command = new ArrayList<>();
    command.add(qemu);
    String mode = header.mode().name().toLowerCase(Locale.ROOT);
    command.addAll(
        List.of(
            "-machine", "pseries,ic-mode=" + mode + ",vsmt=" + GuestTable.serverStride(header)));
    // One vCPU works at a time: on one thread, none has to wait for the host to wake its own.
    command.addAll(List.of("-accel", "tcg,thread=single", "-cpu", "power9_v2.0"));
    command.addAll(List.of("-smp", header.servers().size() + ",threads=1"));
    command.addAll(List.of("-m", header.memoryMebibytes() + "M"));
    command.addAll(List.of("-nodefaults", "-display", "none", "-serial", "stdio"));
    for (int i = 0; i < LSI_DEVICES; i++) {
      command.addAll(List.of("-device", "edu,addr=" + Integer.toHexString(FIRST_LSI_SLOT + i)));
    }
    for (int i = 0; i < MSI_DEVICES; i++) {
      command.addAll(List.of("-device", "edu,addr=" + Integer.toHexString(FIRST_MSI_SLOT + i)));
    }
    command.addAll(List.of("-bios", image.toString()));
    command.addAll(
        List.of(
            "-device",
            "loader,force-raw=on,file=" + quoted(table) + ",addr=" + GuestTable.TABLE_ADDRESS));
    return command;
  }

  /** Commas end a value in QEMU's options, unless there are two. */
  private static String quoted(Path file) {
    return file.toString().replace(",", ",,");
  }

  private List<Round> read(BufferedReader lines, int expected) throws IOException {
    List<Round> rounds = new ArrayList<>();
    List<WrongAnswer> wrong = new ArrayList<>();
    String last = "";
    String line;
    // When all are done, nobody waits for QEMU to end.
    while (rounds.size() < expected && (line = lines.readLine()) != null) {
      String[] words = line.strip().split(" ");
      switch (words[0]) {
        case "mismatch" -> wrong.add(wrongAnswer(numbers(words)));
        case "round" -> {
          rounds.add(round(numbers(words), List.copyOf(wrong)));
          wrong.clear();
        }
        default -> last = line.isBlank() || line.contains("warning:") ? last : line.strip();
      }
    }
    if (rounds.size() < expected) {
      throw new FailedException(
          String.format(
              "%s ended, or was ended after %d s, with %d of %d rounds done%s",
              qemu,
              MOST_SECONDS,
              rounds.size(),
              expected,
              last.isEmpty() ? "" : "; it said last: " + last));
    }
    return rounds;
  }

  private static List<Long> numbers(String[] words) {
    return Arrays.stream(words)
        .skip(1)
        .map(word -> Long.parseUnsignedLong(word, 2, word.length(), 16))
        .toList();
  }

  private static Round round(List<Long> numbers, List<WrongAnswer> wrong) {
    return new Round(
        numbers.get(1) * NANOS_PER_TICK,
        numbers.get(3) * NANOS_PER_TICK / numbers.get(2),
        numbers.get(0),
        wrong);
  }

  private static WrongAnswer wrongAnswer(List<Long> numbers) {
    return new WrongAnswer(
        numbers.get(0),
        numbers.get(1),
        numbers.get(2).intValue(),
        numbers.subList(3, numbers.size()));
  }
}
