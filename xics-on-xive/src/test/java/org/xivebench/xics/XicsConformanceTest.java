package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.uapi.Hcall;

/** The device answers as a real QEMU did, where the two do alike. */
class XicsConformanceTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(strings = {"random-kvm-04", "random-kvm-06"})
  void recordedOperations_allAnswersEqual(String name) throws IOException, ErrnoException {
    try (InputStream in = getClass().getResourceAsStream("/conformance/" + name + ".jsonl.gz")) {
      assertEquals(List.of(), mismatches(in));
    }
  }

  /** Replays a file; returns what differs, a line each. */
  static List<String> mismatches(InputStream gzipped) throws IOException, ErrnoException {
    List<String> found = new ArrayList<>();
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(gzipped), StandardCharsets.UTF_8));
    JsonNode header = JSON.readTree(reader.readLine());
    try (XicsMachine machine = new XicsMachine(header.get("smp").asInt())) {
      for (JsonNode msi : header.get("irq_map").get("msi")) {
        machine.addSource((int) number(msi), false);
      }
      for (JsonNode lsi : header.get("irq_map").get("lsi")) {
        machine.addSource((int) number(lsi), true);
      }
      machine.inGuest(
          cpus -> {
            try {
              int operations = 0;
              while (true) {
                String line = reader.readLine();
                JsonNode op = JSON.readTree(line);
                if (op.get("op").asText().equals("end")) {
                  assertEquals(op.get("ops").asInt(), operations);
                  return;
                }
                operations++;
                String got = replay(machine, cpus, op);
                String expected = expected(op);
                if (!got.equals(expected)) {
                  found.add("operation " + operations + " " + line + " got " + got);
                }
              }
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
    }
    return found;
  }

  private static String replay(XicsMachine machine, GuestCpu[] cpus, JsonNode op)
      throws ErrnoException {
    switch (op.get("op").asText()) {
      case "hcall" -> {
        GuestCpu cpu = cpus[op.get("cpu").asInt()];
        long[] args = numbers(op.get("args"));
        String name = op.get("name").asText();
        long code =
            cpu.hcall(opcode(name), args.length > 0 ? args[0] : 0, args.length > 1 ? args[1] : 0);
        boolean answers = code == 0 && (name.startsWith("H_XIRR") || name.equals("H_IPOLL"));
        return code + (answers ? " " + Long.toHexString(cpu.vcpu().gpr(4)) : "");
      }
      case "rtas" -> {
        long[] args = numbers(op.get("args"));
        int[] arguments = new int[args.length];
        for (int i = 0; i < args.length; i++) {
          arguments[i] = (int) args[i];
        }
        int[] returns =
            XicsMachine.rtas(
                cpus[op.get("cpu").asInt()],
                RtasService.named(op.get("name").asText()).orElseThrow(),
                arguments);
        StringBuilder text = new StringBuilder("rtas " + returns[0]);
        for (int i = 1; returns[0] == 0 && i < returns.length; i++) {
          text.append(' ').append(Integer.toHexString(returns[i]));
        }
        return text.toString();
      }
      case "msi" -> {
        return "line " + machine.vm.irqLine((int) number(op.get("source")), 1);
      }
      case "line" -> {
        return "line "
            + machine.vm.irqLine((int) number(op.get("source")), op.get("level").asInt());
      }
      case "ext_probe" -> {
        return "ext " + (cpus[op.get("cpu").asInt()].externalInterrupt() ? 1 : 0);
      }
      default -> throw new AssertionError("unknown operation " + op);
    }
  }

  private static String expected(JsonNode op) {
    return switch (op.get("op").asText()) {
      case "hcall" -> {
        assertEquals("H_SUCCESS", op.get("ret").asText());
        JsonNode out = op.get("out");
        yield out.isEmpty() ? "0" : "0 " + Long.toHexString(number(out.get(0)));
      }
      case "rtas" -> {
        StringBuilder text = new StringBuilder("rtas " + op.get("status").asInt());
        for (JsonNode word : op.get("out")) {
          text.append(' ').append(Long.toHexString(number(word)));
        }
        yield text.toString();
      }
      case "ext_probe" -> "ext " + op.get("value").asInt();
      default -> "line 0";
    };
  }

  private static int opcode(String name) {
    return switch (name) {
      case "H_EOI" -> Hcall.H_EOI;
      case "H_CPPR" -> Hcall.H_CPPR;
      case "H_IPI" -> Hcall.H_IPI;
      case "H_IPOLL" -> Hcall.H_IPOLL;
      case "H_XIRR" -> Hcall.H_XIRR;
      case "H_XIRR_X" -> Hcall.H_XIRR_X;
      default -> throw new AssertionError("unknown hypercall " + name);
    };
  }

  private static long[] numbers(JsonNode list) {
    long[] values = new long[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = number(list.get(i));
    }
    return values;
  }

  private static long number(JsonNode hexadecimal) {
    return Long.parseUnsignedLong(hexadecimal.asText().substring(2), 16);
  }
}
