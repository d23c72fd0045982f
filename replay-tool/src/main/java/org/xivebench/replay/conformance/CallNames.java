package org.xivebench.replay.conformance;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.xivebench.kvm.uapi.Hcall;

/** What conformance files call hypercalls and their return codes. */
final class CallNames {
  private static final Map<String, Integer> OPCODES =
      IntStream.of(
              Hcall.H_EOI,
              Hcall.H_CPPR,
              Hcall.H_IPI,
              Hcall.H_IPOLL,
              Hcall.H_XIRR,
              Hcall.H_XIRR_X,
              Hcall.H_INT_GET_SOURCE_INFO,
              Hcall.H_INT_SET_SOURCE_CONFIG,
              Hcall.H_INT_GET_SOURCE_CONFIG,
              Hcall.H_INT_GET_QUEUE_INFO,
              Hcall.H_INT_SET_QUEUE_CONFIG,
              Hcall.H_INT_GET_QUEUE_CONFIG,
              Hcall.H_INT_SET_OS_REPORTING_LINE,
              Hcall.H_INT_GET_OS_REPORTING_LINE,
              Hcall.H_INT_ESB,
              Hcall.H_INT_SYNC,
              Hcall.H_INT_RESET)
          .boxed()
          .collect(Collectors.toMap(Hcall::nameOf, Function.identity()));

  private static final Map<Long, String> CODES =
      Map.ofEntries(
          Map.entry(Hcall.H_SUCCESS, "H_SUCCESS"),
          Map.entry(Hcall.H_NOT_AVAILABLE, "H_NOT_AVAILABLE"),
          Map.entry(Hcall.H_HARDWARE, "H_HARDWARE"),
          Map.entry(Hcall.H_FUNCTION, "H_FUNCTION"),
          Map.entry(Hcall.H_PRIVILEGE, "H_PRIVILEGE"),
          Map.entry(Hcall.H_PARAMETER, "H_PARAMETER"),
          Map.entry(Hcall.H_P2, "H_P2"),
          Map.entry(Hcall.H_P3, "H_P3"),
          Map.entry(Hcall.H_P4, "H_P4"),
          Map.entry(Hcall.H_P5, "H_P5"),
          Map.entry(Hcall.H_UNSUPPORTED, "H_UNSUPPORTED"),
          Map.entry(Hcall.H_STATE, "H_STATE"));

  private CallNames() {}

  /** Returns the opcode of a hypercall. */
  static int opcode(String name) {
    Integer opcode = OPCODES.get(name);
    if (opcode == null) {
      throw new Operation.BadLine("hypercall " + name + " is not known");
    }
    return opcode;
  }

  /** Returns what a return code is called: its number if it has no name. */
  static String ofCode(long code) {
    return CODES.getOrDefault(code, Long.toString(code));
  }

  /** Returns the return code of that name. */
  static long code(String name) {
    return CODES.keySet().stream()
        .filter(code -> CODES.get(code).equals(name))
        .findFirst()
        .orElseThrow(() -> new Operation.BadLine("return code " + name + " is not known"));
  }
}
