package org.xivebench.replay.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.xivebench.replay.InputException;
import org.xivebench.replay.LogInput;
import org.xivebench.replay.vmm.InterruptMode;

/**
 * Reads a conformance file, plain or compressed, line by line. What is wrong with it is an {@link
 * InputException} that names the file and the line.
 */
final class ScenarioReader implements Closeable {
  private static final int MOST_VCPUS = 1024;
  private static final int MOST_MEBIBYTES = 1 << 20;
  private static final String IRQ_MAP = "irq_map";

  private final JsonMapper json =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final Path file;
  private final LogInput lines;
  private final ScenarioHeader header;
  private long line;
  private long operations;
  private boolean ended;

  /**
   * Opens a file, a pipe or, for {@code -}, standard input, and reads its header.
   *
   * @throws InputException if it cannot be read or is not a conformance file
   */
  ScenarioReader(Path file) throws IOException {
    this.lines = LogInput.openOnce(file);
    this.file = lines.file();
    try {
      this.header = readHeader();
    } catch (IOException | RuntimeException e) {
      lines.close();
      throw e;
    }
  }

  ScenarioHeader header() {
    return header;
  }

  /** Returns how many operations, comments not counted, have been read. */
  long operationCount() {
    return operations;
  }

  /**
   * Returns the next operation, comments too; null after the last, when the count in the last line
   * has been checked.
   */
  Operation next() throws IOException {
    if (ended) {
      return null;
    }
    Operation operation = nextLine();
    if (operation == null) {
      throw new InputException(file, "line " + line, "the file ends without an \"end\" line");
    }
    if (!operation.name().equals("end")) {
      operations += operation.name().equals("note") ? 0 : 1;
      return operation;
    }
    long expected = integerOf(operation, "ops");
    if (expected != operations) {
      throw at(
          line, "the file says that it has " + expected + " operations, but has " + operations);
    }
    if (nextLine() != null) {
      throw at(line, "there is something after the \"end\" line");
    }
    ended = true;
    return null;
  }

  private long integerOf(Operation operation, String field) throws InputException {
    try {
      return operation.integer(field, 0, Integer.MAX_VALUE);
    } catch (Operation.BadLine e) {
      throw at(operation, e);
    }
  }

  private Operation nextLine() throws IOException {
    if (!lines.next()) {
      return null;
    }
    String text = new String(lines.bytes(), lines.start(), lines.end() - lines.start(), UTF_8);
    line++;
    try {
      JsonNode fields = json.readTree(text);
      return new Operation(line, text, fields);
    } catch (JsonProcessingException e) {
      throw new InputException(
          file, "line " + line, "not JSON: " + e.getOriginalMessage().replaceAll("\\s+", " "), e);
    } catch (Operation.BadLine e) {
      throw new InputException(file, "line " + line, e.getMessage(), e);
    }
  }

  private ScenarioHeader readHeader() throws IOException {
    Operation first = nextLine();
    if (first == null) {
      throw new InputException(file, "is empty");
    }
    try {
      if (!first.name().equals("header")) {
        throw new Operation.BadLine("the first line is no header");
      }
      int format = first.integer("format", 0, Integer.MAX_VALUE);
      if (format != 1) {
        throw new Operation.BadLine("format " + format + " is not known; 1 is");
      }
      int smp = first.integer("smp", 1, MOST_VCPUS);
      List<Integer> servers = integers(first.node("servers"), "servers");
      if (servers.size() != smp) {
        throw new Operation.BadLine("\"servers\" does not have \"smp\" entries");
      }
      JsonNode map = first.node(IRQ_MAP);
      List<Integer> msis = new ArrayList<>();
      for (String field : List.of("epow", "hotplug")) {
        if (map.has(field)) {
          msis.add(number(map.get(field), field));
        }
      }
      // The VIO devices' numbers are not in the map of every file, but claimed in all.
      msis.addAll(
          map.has("vio")
              ? numbers(map, "vio")
              : msis.isEmpty() ? List.of() : List.of(0x1100, 0x1101));
      msis.addAll(numbers(map, "msi"));
      InterruptMode mode = mode(first.string("ic_mode"));
      int ipiCount = servers.stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
      if (mode != InterruptMode.XICS) {
        ipiCount = Math.max(ipiCount, numbers(map, "ipi").size());
      }
      return new ScenarioHeader(
          first.string("scenario"),
          mode,
          servers,
          first.integer("ram_mb", 1, MOST_MEBIBYTES),
          ipiCount,
          numbers(map, "lsi"),
          msis);
    } catch (Operation.BadLine e) {
      throw at(first, e);
    }
  }

  private static InterruptMode mode(String name) {
    return Arrays.stream(InterruptMode.values())
        .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> new Operation.BadLine("ic_mode \"" + name + "\" is not known"));
  }

  private static List<Integer> integers(JsonNode array, String field) {
    List<Integer> values = new ArrayList<>();
    for (JsonNode value : array) {
      if (!value.canConvertToInt()) {
        throw new Operation.BadLine("\"" + field + "\" has something that is no number");
      }
      values.add(value.intValue());
    }
    return values;
  }

  private static List<Integer> numbers(JsonNode map, String field) {
    List<Integer> values = new ArrayList<>();
    for (JsonNode value : map.path(field)) {
      values.add(number(value, field));
    }
    return values;
  }

  private static int number(JsonNode value, String field) {
    try {
      return Integer.decode(value.asText());
    } catch (NumberFormatException e) {
      throw new Operation.BadLine(
          "\"" + field + "\" in \"" + IRQ_MAP + "\" has something that is no number");
    }
  }

  /** Says what is wrong with an operation of this file. */
  InputException at(Operation operation, RuntimeException problem) {
    return new InputException(file, "line " + operation.line(), problem.getMessage(), problem);
  }

  /** Says what is wrong with a line. */
  InputException at(long number, String problem) {
    return new InputException(file, "line " + number, problem);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
