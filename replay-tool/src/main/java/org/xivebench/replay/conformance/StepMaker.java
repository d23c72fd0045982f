package org.xivebench.replay.conformance;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.conformance.Step.Difference;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineSource;
import org.xivebench.replay.vmm.RtasToken;

/** Makes of the operations of conformance files what is to be done on one machine. */
final class StepMaker {
  /** What the guest that recorded has in RTAS return words before a call. */
  private static final int FILLER = 0xeeee_eeee;

  /** NSR, CPPR, IPB and PIPR. */
  private static final long DERIVED_OF_RING = 0xffff_ff00_0000_00ffL;

  private static final int MANAGEMENT = 1;

  private final Machine machine;
  private final boolean inKernel;

  StepMaker(Machine machine, Irqchip irqchip) {
    this.machine = machine;
    this.inKernel = irqchip == Irqchip.IN_KERNEL;
  }

  /**
   * Reads an operation.
   *
   * @return what is to be done; null for a comment
   * @throws Operation.BadLine if the operation makes no sense
   */
  Step make(Operation operation) {
    return switch (operation.name()) {
      case "hcall" -> hypercall(operation);
      case "rtas" -> rtas(operation);
      case "esb_load" -> esbLoad(operation);
      case "esb_store" -> esbStore(operation);
      case "burst" -> burst(operation);
      case "tima_load" -> timaLoad(operation);
      case "tima_store" -> timaStore(operation);
      case "mmio_load" -> mmioLoad(operation);
      case "mmio_store" -> mmioStore(operation);
      case "eq_read" -> queueRead(operation);
      case "eq_clear" -> queueClear(operation);
      case "msi" -> msi(operation);
      case "line" -> line(operation);
      case "ext_probe" -> externalProbe(operation);
      case "cas" -> clientArchitectureSupport(operation);
      case "note" -> null;
      default -> throw new Operation.BadLine("operation \"" + operation.name() + "\" is not known");
    };
  }

  private Step onCpu(Operation operation, Function<GuestCpu, Difference> work) {
    return new Step.OfCpu(operation.integer("cpu", 0, machine.vm().vcpus().size() - 1), work);
  }

  /** What gives no result. */
  private Step doneOnCpu(Operation operation, Consumer<GuestCpu> work) {
    return onCpu(
        operation,
        cpu -> {
          work.accept(cpu);
          return null;
        });
  }

  private static Difference compare(long expected, long got) {
    return expected == got ? null : new Difference(Answer.ofValues(expected), Answer.ofValues(got));
  }

  // ---- calls

  private Step hypercall(Operation operation) {
    int opcode = CallNames.opcode(operation.string("name"));
    long[] arguments = operation.wides("args");
    if (arguments.length > 5) {
      throw new Operation.BadLine("more than 5 arguments");
    }
    long[] r = Arrays.copyOf(arguments, 5);
    String expectedCode = operation.string("ret");
    long[] recordedOut = operation.wides("out");
    if (recordedOut.length > 5) {
      throw new Operation.BadLine("more than 5 results");
    }
    long[] expectedOut =
        inKernel && opcode == Hcall.H_IPOLL && recordedOut.length == 2
            ? Arrays.copyOf(recordedOut, 1)
            : recordedOut;
    return onCpu(
        operation,
        cpu -> {
          long code = cpu.hcall(opcode, r[0], r[1], r[2], r[3], r[4]);
          String gotCode = CallNames.ofCode(code);
          if (!gotCode.equals(expectedCode)) {
            return new Difference(Answer.ofCode(expectedCode), Answer.ofCode(gotCode));
          }
          long[] out = new long[expectedOut.length];
          for (int i = 0; i < out.length; i++) {
            out[i] = cpu.vcpu().gpr(4 + i);
          }
          return Arrays.equals(expectedOut, out)
              ? null
              : new Difference(Answer.ofValues(expectedOut), Answer.ofValues(out));
        });
  }

  private Step rtas(Operation operation) {
    int token = RtasToken.named(operation.string("name")).map(RtasToken::number).orElse(0);
    int[] arguments = operation.words("args");
    int returnCount = operation.integer("nret", 0, 16);
    Answer expected =
        Answer.ofRtas(
            operation.string("ret"),
            operation.integer("status", Integer.MIN_VALUE, Integer.MAX_VALUE),
            operation.words("out"));
    return onCpu(
        operation,
        cpu -> {
          int[] returns = new int[returnCount];
          Arrays.fill(returns, FILLER);
          long code = cpu.rtas(token, arguments, returns);
          int status = returnCount == 0 ? FILLER : returns[0];
          int[] out =
              status == 0 ? Arrays.copyOfRange(returns, 1, Math.max(1, returnCount)) : new int[0];
          return Difference.of(expected, Answer.ofRtas(CallNames.ofCode(code), status, out));
        });
  }

  private static Step clientArchitectureSupport(Operation operation) {
    String mode = operation.string("mode");
    if (!mode.equals("xive")) {
      throw new Operation.BadLine("mode \"" + mode + "\" is not known");
    }
    return new Step.Negotiation(operation.string("ret"));
  }

  // ---- pages

  private static int esbPage(Operation operation) {
    return switch (operation.string("page")) {
      case "trigger" -> 0;
      case "mgmt" -> MANAGEMENT;
      default -> throw new Operation.BadLine("an ESB page is \"trigger\" or \"mgmt\"");
    };
  }

  private static int esbNumber(Operation operation) {
    int number = operation.wideInt("source");
    if (number >= InterruptMap.COUNT) {
      throw new Operation.BadLine("there is no source 0x" + Integer.toHexString(number));
    }
    return number;
  }

  private static int pageOffset(Operation operation) {
    int offset = operation.wideInt("offset");
    if (offset >= 0x1_0000) {
      throw new Operation.BadLine("the offset is beyond the page");
    }
    return offset;
  }

  private Step esbLoad(Operation operation) {
    int source = esbNumber(operation);
    int page = esbPage(operation);
    int offset = pageOffset(operation);
    long expected = operation.wide("value");
    return onCpu(
        operation, cpu -> compare(expected, cpu.esbLoad(source, page, offset, Long.BYTES)));
  }

  private Step esbStore(Operation operation) {
    int source = esbNumber(operation);
    int page = esbPage(operation);
    int offset = pageOffset(operation);
    long value = operation.wide("value");
    return doneOnCpu(operation, cpu -> cpu.esbStore(source, page, offset, Long.BYTES, value));
  }

  private Step burst(Operation operation) {
    int source = esbNumber(operation);
    int count = operation.integer("count", 0, 1 << 26);
    return doneOnCpu(
        operation,
        cpu -> {
          for (int i = 0; i < count; i++) {
            cpu.esbStore(source, 0, 0, Long.BYTES, 0);
            long unusedForwarded = cpu.esbLoad(source, MANAGEMENT, 0, Long.BYTES);
          }
        });
  }

  /** Returns which of the TIMA's four pages is meant. */
  private static int timaView(Operation operation) {
    return switch (operation.string("page")) {
      case "os" -> 2;
      case "user" -> 3;
      default -> throw new Operation.BadLine("a TIMA page is \"os\" or \"user\"");
    };
  }

  private static int size(Operation operation) {
    int size = operation.integer("size", 1, Long.BYTES);
    if (Integer.bitCount(size) != 1) {
      throw new Operation.BadLine("a size is 1, 2, 4 or 8");
    }
    return size;
  }

  private Step timaLoad(Operation operation) {
    int view = timaView(operation);
    int offset = pageOffset(operation);
    int size = size(operation);
    long counted = inKernel && offset == 0x10 && size == Long.BYTES ? DERIVED_OF_RING : -1;
    long expected = operation.wide("value") & counted;
    return onCpu(operation, cpu -> compare(expected, cpu.timaLoad(view, offset, size) & counted));
  }

  private Step timaStore(Operation operation) {
    int view = timaView(operation);
    int offset = pageOffset(operation);
    int size = size(operation);
    long value = operation.wide("value");
    return doneOnCpu(operation, cpu -> cpu.timaStore(view, offset, size, value));
  }

  private Step mmioLoad(Operation operation) {
    long address = operation.wide("addr");
    int size = size(operation);
    long expected = operation.wide("value");
    return onCpu(operation, cpu -> compare(expected, machine.physicalLoad(cpu, address, size)));
  }

  private Step mmioStore(Operation operation) {
    long address = operation.wide("addr");
    int size = size(operation);
    long value = operation.wide("value");
    return doneOnCpu(operation, cpu -> machine.physicalStore(cpu, address, size, value));
  }

  // ---- memory, devices, processor

  private Step queueRead(Operation operation) {
    long address = operation.wide("addr") + 4L * operation.integer("index", 0, Integer.MAX_VALUE);
    requireMemory(address, Integer.BYTES);
    long expected = operation.wide("value");
    return new Step.OfMachine(
        () -> compare(expected, Integer.toUnsignedLong(machine.vm().memory().readInt(address))));
  }

  private Step queueClear(Operation operation) {
    long address = operation.wide("addr");
    long bytes = operation.bytes();
    requireMemory(address, bytes);
    return new Step.OfMachine(
        () -> {
          machine.vm().memory().clear(address, bytes);
          return null;
        });
  }

  private void requireMemory(long address, long bytes) {
    if (!machine.vm().memory().contains(address, bytes) || ((address | bytes) & 3) != 0) {
      throw new Operation.BadLine("not words of the guest's memory");
    }
  }

  private MachineSource source(Operation operation, boolean lsi) {
    MachineSource source = machine.interrupts().source(operation.wide("source"));
    if (source == null || source.isLsi() != lsi) {
      throw new Operation.BadLine("there is no such source");
    }
    return source;
  }

  private Step msi(Operation operation) {
    MachineSource source = source(operation, false);
    return new Step.OfMachine(
        () -> {
          machine.sendMsi(source);
          return null;
        });
  }

  private Step line(Operation operation) {
    MachineSource source = source(operation, true);
    boolean level = operation.integer("level", 0, 1) == 1;
    return new Step.OfMachine(
        () -> {
          machine.driveLine(source, level);
          return null;
        });
  }

  private Step externalProbe(Operation operation) {
    int expected = operation.integer("value", 0, 1);
    return onCpu(operation, cpu -> compare(expected, machine.externalInterrupt(cpu) ? 1 : 0));
  }
}
