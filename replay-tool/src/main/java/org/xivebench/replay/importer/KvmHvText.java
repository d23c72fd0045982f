package org.xivebench.replay.importer;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xivebench.kvm.uapi.Hcall;

/** Takes the texts of the {@code kvm_hv} events apart, which all begin with {@code VCPU n:}. */
final class KvmHvText {
  private static final Pattern VCPU = Pattern.compile("VCPU (\\d{1,9}): .*");
  private static final Pattern CALL =
      Pattern.compile(
          "VCPU \\d+: hcall=(\\w+) GPR4-7="
              + "0x(\\p{XDigit}{1,16}),0x(\\p{XDigit}{1,16}),0x(\\p{XDigit}{1,16}),"
              + "0x(\\p{XDigit}{1,16})");
  private static final Pattern RETURN = Pattern.compile("VCPU \\d+: ret=\\w+ hcall_rc=(\\w+)");
  private static final Map<String, Integer> OPCODES = new HashMap<>();
  private static final Map<String, Long> STATUSES =
      Map.of(
          "H_SUCCESS", Hcall.H_SUCCESS,
          "H_NOT_AVAILABLE", Hcall.H_NOT_AVAILABLE,
          "H_TOO_HARD", Hcall.H_TOO_HARD,
          "H_HARDWARE", Hcall.H_HARDWARE,
          "H_FUNCTION", Hcall.H_FUNCTION,
          "H_PRIVILEGE", Hcall.H_PRIVILEGE,
          "H_PARAMETER", Hcall.H_PARAMETER,
          "H_P2", Hcall.H_P2,
          "H_P3", Hcall.H_P3,
          "H_P4", Hcall.H_P4);

  static {
    for (int opcode :
        new int[] {
          Hcall.H_EOI, Hcall.H_CPPR, Hcall.H_IPI, Hcall.H_IPOLL, Hcall.H_XIRR, Hcall.H_XIRR_X
        }) {
      OPCODES.put(Hcall.nameOf(opcode), opcode);
    }
  }

  /**
   * A hypercall.
   *
   * @param opcode its number; -1 if it is one that does not concern interrupts
   * @param arguments R4 to R7; the caller's own
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Call(int opcode, long[] arguments) {}

  private KvmHvText() {}

  static int vcpu(FtraceReader reader) throws IOException {
    Matcher text = VCPU.matcher(reader.argumentText());
    if (!text.matches()) {
      throw reader.error(reader.eventName() + " that does not name its vCPU");
    }
    return Integer.parseInt(text.group(1));
  }

  static Call call(FtraceReader reader) throws IOException {
    Matcher text = CALL.matcher(reader.argumentText());
    if (!text.matches()) {
      throw reader.error("a hypercall that cannot be read");
    }
    long[] arguments = new long[4];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = Long.parseUnsignedLong(text.group(2 + i), 16);
    }
    return new Call(opcode(text.group(1)), arguments);
  }

  private static int opcode(String name) {
    if (name.matches("0x\\p{XDigit}{1,7}")) {
      return Integer.parseInt(name.substring(2), 16);
    }
    return OPCODES.getOrDefault(name, -1);
  }

  /** What a hypercall returned, or null if its name is not one of those known here. */
  static Long status(FtraceReader reader) throws IOException {
    Matcher text = RETURN.matcher(reader.argumentText());
    if (!text.matches()) {
      throw reader.error("a hypercall's return that cannot be read");
    }
    String name = text.group(1);
    return name.matches("0x\\p{XDigit}{1,16}")
        ? Long.valueOf(Long.parseUnsignedLong(name.substring(2), 16))
        : STATUSES.get(name);
  }
}
