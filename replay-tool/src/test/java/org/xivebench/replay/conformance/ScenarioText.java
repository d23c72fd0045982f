package org.xivebench.replay.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A XICS scenario that a test writes: two LSIs, four MSIs. Results that are not said are the
 * ordinary ones: {@code H_SUCCESS}, status 0, nothing returned.
 */
final class ScenarioText {
  static final int LSI = 0x1200;
  static final int MSI = 0x1300;
  static final int LSI_COUNT = 2;
  static final int MSI_COUNT = 4;

  private final List<ObjectNode> lines = new ArrayList<>();

  ScenarioText(int vcpuCount) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    header.put("op", "header").put("format", 1).put("scenario", "made").put("ic_mode", "xics");
    header.put("smp", vcpuCount).put("ram_mb", 16);
    ArrayNode servers = header.putArray("servers");
    for (int i = 0; i < vcpuCount; i++) {
      servers.add(i);
    }
    ObjectNode map = header.putObject("irq_map");
    ArrayNode lsis = map.putArray("lsi");
    for (int i = 0; i < LSI_COUNT; i++) {
      lsis.add(hex(LSI + i));
    }
    ArrayNode msis = map.putArray("msi");
    for (int i = 0; i < MSI_COUNT; i++) {
      msis.add(hex(MSI + i));
    }
    lines.add(header);
  }

  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** Returns the operations. */
  List<ObjectNode> operations() {
    return lines.subList(1, lines.size());
  }

  private ObjectNode add(String op) {
    ObjectNode line = JsonNodeFactory.instance.objectNode().put("op", op);
    lines.add(line);
    return line;
  }

  private static void putHex(ObjectNode line, String field, long... values) {
    ArrayNode array = line.putArray(field);
    for (long value : values) {
      array.add(hex(value));
    }
  }

  ScenarioText hcall(int cpu, String name, long... arguments) {
    ObjectNode line = add("hcall").put("cpu", cpu).put("name", name).put("ret", "H_SUCCESS");
    putHex(line, "args", arguments);
    putHex(line, "out");
    return this;
  }

  /** What the call made last gave. */
  ScenarioText gives(long... out) {
    putHex(lines.get(lines.size() - 1), "out", out);
    return this;
  }

  ScenarioText rtas(int cpu, String name, int returnCount, long... arguments) {
    ObjectNode line = add("rtas").put("cpu", cpu).put("name", name).put("nret", returnCount);
    putHex(line, "args", arguments);
    line.put("ret", "H_SUCCESS").put("status", 0);
    putHex(line, "out");
    return this;
  }

  /** What the RTAS call made last gave. */
  ScenarioText fails(int status) {
    lines.get(lines.size() - 1).put("status", status);
    return this;
  }

  ScenarioText setXive(int source, int server, int priority) {
    return rtas(0, "ibm,set-xive", 1, source, server, priority);
  }

  ScenarioText msi(int source) {
    add("msi").put("source", hex(source));
    return this;
  }

  ScenarioText line(int source, int level) {
    add("line").put("source", hex(source)).put("level", level);
    return this;
  }

  ScenarioText probe(int cpu, int value) {
    add("ext_probe").put("cpu", cpu).put("value", value);
    return this;
  }

  Path write(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line).append('\n'));
    text.append("{\"op\":\"end\",\"ops\":").append(lines.size() - 1).append("}\n");
    return Files.writeString(file, text, UTF_8);
  }
}
