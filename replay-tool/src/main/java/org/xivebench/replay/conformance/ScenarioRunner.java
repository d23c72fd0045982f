package org.xivebench.replay.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.RunException;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.InputException;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.replay.vmm.MachineSource;
import org.xivebench.replay.vmm.RtasToken;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.Xive;

/**
 * Runs conformance files: makes the machine that a file's header asks for, does one operation after
 * the other, and compares each result.
 *
 * <p>What does not count on an in-kernel device: LSMFB, ACK#, INC and AGE of an 8-byte load of the
 * OS ring, which are constants in QEMU; and MFRR from H_IPOLL, which KVM does not give.
 */
public final class ScenarioRunner {
  private static final int LINES_BEFORE = 3;
  private static final int MISMATCHES_KEPT = 10;

  /** What the guest that recorded has in RTAS return words before a call. */
  private static final int FILLER = 0xeeee_eeee;

  /** NSR, CPPR, IPB and PIPR. */
  private static final long DERIVED_OF_RING = 0xffff_ff00_0000_00ffL;

  private static final int MANAGEMENT = 1;

  private static final Map<String, Integer> HCALLS =
      Map.ofEntries(
          hcall(Hcall.H_EOI),
          hcall(Hcall.H_CPPR),
          hcall(Hcall.H_IPI),
          hcall(Hcall.H_IPOLL),
          hcall(Hcall.H_XIRR),
          hcall(Hcall.H_XIRR_X),
          hcall(Hcall.H_INT_GET_SOURCE_INFO),
          hcall(Hcall.H_INT_SET_SOURCE_CONFIG),
          hcall(Hcall.H_INT_GET_SOURCE_CONFIG),
          hcall(Hcall.H_INT_GET_QUEUE_INFO),
          hcall(Hcall.H_INT_SET_QUEUE_CONFIG),
          hcall(Hcall.H_INT_GET_QUEUE_CONFIG),
          hcall(Hcall.H_INT_SET_OS_REPORTING_LINE),
          hcall(Hcall.H_INT_GET_OS_REPORTING_LINE),
          hcall(Hcall.H_INT_ESB),
          hcall(Hcall.H_INT_SYNC),
          hcall(Hcall.H_INT_RESET));

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

  private final Function<IrqType, DeviceType> deviceTypes;
  private final Quirks quirks;
  private final boolean keepGoing;

  /**
   * @param deviceTypes gives the in-kernel device for a mode; asked when a file needs one
   * @param quirks of the emulated controllers
   * @param keepGoing whether a file is run to its end after a mismatch
   */
  public ScenarioRunner(
      Function<IrqType, DeviceType> deviceTypes, Quirks quirks, boolean keepGoing) {
    this.deviceTypes = deviceTypes;
    this.quirks = quirks;
    this.keepGoing = keepGoing;
  }

  private static Map.Entry<String, Integer> hcall(int opcode) {
    return Map.entry(Hcall.nameOf(opcode), opcode);
  }

  /**
   * Runs a file.
   *
   * @param irqchip where the controller is; null for what the file was made for
   * @throws InputException if the file cannot be read or is damaged
   */
  public ScenarioResult run(Path file, Irqchip irqchip) throws IOException {
    return run(file, irqchip, header -> Watcher.NONE);
  }

  /** Runs a file under the eyes of somebody. */
  ScenarioResult run(Path file, Irqchip irqchip, WatcherMaker watchers) throws IOException {
    Irqchip chosen = irqchip == null ? Irqchip.of(file) : irqchip;
    try (ScenarioReader reader = new ScenarioReader(file)) {
      Watcher watcher = watchers.watch(reader.header());
      return run(file, reader, chosen, watcher);
    }
  }

  private ScenarioResult run(Path file, ScenarioReader reader, Irqchip chosen, Watcher watcher)
      throws IOException {
    try (Machine machine = machineFor(file, reader.header(), chosen);
        Run run = new Run(machine, chosen)) {
      Deque<String> before = new ArrayDeque<>();
      List<Mismatch> mismatches = new ArrayList<>();
      long mismatchCount = 0;
      Operation operation;
      while ((operation = reader.next()) != null) {
        Difference difference;
        try {
          difference = run.perform(operation);
        } catch (Operation.BadLine e) {
          throw reader.at(operation, e);
        }
        if (difference == null) {
          watcher.agreed(operation);
        } else {
          watcher.differed(operation, difference);
          mismatchCount++;
          if (mismatches.size() < MISMATCHES_KEPT) {
            mismatches.add(
                new Mismatch(
                    operation.line(),
                    operation.text(),
                    difference.expected(),
                    difference.got(),
                    List.copyOf(before)));
          }
          if (!keepGoing) {
            break;
          }
        }
        if (before.size() == LINES_BEFORE) {
          before.removeFirst();
        }
        before.addLast(operation.text());
      }
      return new ScenarioResult(
          file, reader.header().name(), chosen, reader.operationCount(), mismatchCount, mismatches);
    }
  }

  private Machine machineFor(Path file, ScenarioHeader header, Irqchip irqchip)
      throws InputException {
    try {
      MachineConfig config =
          new MachineConfig(
              header.servers(),
              InterruptMap.of(header.ipiCount(), header.lsis(), header.msis()),
              header.mode(),
              VmConfig.DEFAULT.withMemoryBytes((long) header.memoryMebibytes() << 20),
              quirks);
      if (irqchip == Irqchip.EMULATED) {
        return Machine.emulated(config);
      }
      // The files use seven priorities of one vCPU: single escalation would take one of them.
      Xive host = new Xive.Builder().singleEscalation(false).build();
      return Machine.inKernel(config, host, deviceTypes);
    } catch (IllegalArgumentException e) {
      throw new InputException(file, "line 1", e.getMessage(), e);
    } catch (ErrnoException e) {
      throw new InputException(
          file, "line 1", "no machine can be made as the header says: " + e.getMessage(), e);
    }
  }

  /** A result that is not as recorded. */
  record Difference(Answer expected, Answer got) {
    /** Returns null if the two are the same. */
    static Difference of(Answer expected, Answer got) {
      return expected.equals(got) ? null : new Difference(expected, got);
    }
  }

  /** Makes who watches a file, when its header has been read; may refuse the file by it. */
  interface WatcherMaker {
    Watcher watch(ScenarioHeader header) throws InputException;
  }

  /** Sees what is done, as it is done. */
  interface Watcher {
    Watcher NONE = new Watcher() {};

    /** An operation gave what was recorded. */
    default void agreed(Operation operation) {}

    /** An operation gave something else. */
    default void differed(Operation operation, Difference difference) {}
  }

  /** A file being run. */
  private static final class Run implements AutoCloseable {
    private final Machine machine;
    private final boolean inKernel;
    private GuestCpus cpus;

    Run(Machine machine, Irqchip irqchip) {
      this.machine = machine;
      this.inKernel = irqchip == Irqchip.IN_KERNEL;
      this.cpus = startCpus();
    }

    private GuestCpus startCpus() {
      return inKernel ? new ThreadedCpus(machine) : new InlineCpus(machine);
    }

    @Override
    public void close() {
      cpus.close();
    }

    /** Does an operation. Returns null if its result is as recorded. */
    Difference perform(Operation operation) {
      try {
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
          default ->
              throw new Operation.BadLine("operation \"" + operation.name() + "\" is not known");
        };
      } catch (ErrnoException | RunException e) {
        return new Difference(Answer.ofCode("no error"), Answer.ofCode(e.getMessage()));
      }
    }

    private <T> T onCpu(Operation operation, Function<GuestCpu, T> work) {
      return cpus.on(operation.integer("cpu", 0, machine.vm().vcpus().size() - 1), work);
    }

    private static Difference compare(long expected, long got) {
      return Difference.of(Answer.ofValues(expected), Answer.ofValues(got));
    }

    private static String nameOf(long code) {
      return CODES.getOrDefault(code, Long.toString(code));
    }

    // ---- calls

    private Difference hypercall(Operation operation) {
      String name = operation.string("name");
      Integer opcode = HCALLS.get(name);
      if (opcode == null) {
        throw new Operation.BadLine("hypercall " + name + " is not known");
      }
      long[] arguments = operation.wides("args");
      if (arguments.length > 5) {
        throw new Operation.BadLine("more than 5 arguments");
      }
      long[] r = Arrays.copyOf(arguments, 5);
      String expectedCode = operation.string("ret");
      long[] expectedOut = operation.wides("out");
      if (expectedOut.length > 5) {
        throw new Operation.BadLine("more than 5 results");
      }
      if (inKernel && opcode == Hcall.H_IPOLL && expectedOut.length == 2) {
        expectedOut = Arrays.copyOf(expectedOut, 1);
      }
      long[] out = new long[expectedOut.length];
      long code =
          onCpu(
              operation,
              cpu -> {
                long result = cpu.hcall(opcode, r[0], r[1], r[2], r[3], r[4]);
                for (int i = 0; i < out.length; i++) {
                  out[i] = cpu.vcpu().gpr(4 + i);
                }
                return result;
              });
      String gotCode = nameOf(code);
      return gotCode.equals(expectedCode)
          ? Difference.of(Answer.ofValues(expectedOut), Answer.ofValues(out))
          : new Difference(Answer.ofCode(expectedCode), Answer.ofCode(gotCode));
    }

    private Difference rtas(Operation operation) {
      int token = RtasToken.named(operation.string("name")).map(RtasToken::number).orElse(0);
      int[] arguments = operation.words("args");
      int[] returns = new int[operation.integer("nret", 0, 16)];
      Arrays.fill(returns, FILLER);
      String expectedCode = operation.string("ret");
      int expectedStatus = operation.integer("status", Integer.MIN_VALUE, Integer.MAX_VALUE);
      int[] expectedOut = operation.words("out");
      long code = onCpu(operation, cpu -> cpu.rtas(token, arguments, returns));
      int status = returns.length == 0 ? FILLER : returns[0];
      int[] out =
          status == 0 ? Arrays.copyOfRange(returns, 1, Math.max(1, returns.length)) : new int[0];
      return Difference.of(
          Answer.ofRtas(expectedCode, expectedStatus, expectedOut),
          Answer.ofRtas(nameOf(code), status, out));
    }

    private Difference clientArchitectureSupport(Operation operation) throws ErrnoException {
      String mode = operation.string("mode");
      if (!mode.equals("xive")) {
        throw new Operation.BadLine("mode \"" + mode + "\" is not known");
      }
      String expected = operation.string("ret");
      // The controller may be changed: that is for stopped vCPUs.
      cpus.close();
      long code;
      try {
        code = machine.negotiateXive();
      } finally {
        cpus = startCpus();
      }
      return Difference.of(Answer.ofCode(expected), Answer.ofCode(nameOf(code)));
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

    private Difference esbLoad(Operation operation) {
      int source = esbNumber(operation);
      int page = esbPage(operation);
      int offset = pageOffset(operation);
      long expected = operation.wide("value");
      long got = onCpu(operation, cpu -> cpu.esbLoad(source, page, offset, Long.BYTES));
      return compare(expected, got);
    }

    private Difference esbStore(Operation operation) {
      int source = esbNumber(operation);
      int page = esbPage(operation);
      int offset = pageOffset(operation);
      long value = operation.wide("value");
      return onCpu(
          operation,
          cpu -> {
            cpu.esbStore(source, page, offset, Long.BYTES, value);
            return null;
          });
    }

    private Difference burst(Operation operation) {
      int source = esbNumber(operation);
      int count = operation.integer("count", 0, 1 << 26);
      return onCpu(
          operation,
          cpu -> {
            for (int i = 0; i < count; i++) {
              cpu.esbStore(source, 0, 0, Long.BYTES, 0);
              long unusedForwarded = cpu.esbLoad(source, MANAGEMENT, 0, Long.BYTES);
            }
            return null;
          });
    }

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

    private Difference timaLoad(Operation operation) {
      int view = timaView(operation);
      int offset = pageOffset(operation);
      int size = size(operation);
      long expected = operation.wide("value");
      long got = onCpu(operation, cpu -> cpu.timaLoad(view, offset, size));
      if (inKernel && offset == 0x10 && size == Long.BYTES) {
        expected &= DERIVED_OF_RING;
        got &= DERIVED_OF_RING;
      }
      return compare(expected, got);
    }

    private Difference timaStore(Operation operation) {
      int view = timaView(operation);
      int offset = pageOffset(operation);
      int size = size(operation);
      long value = operation.wide("value");
      return onCpu(
          operation,
          cpu -> {
            cpu.timaStore(view, offset, size, value);
            return null;
          });
    }

    private Difference mmioLoad(Operation operation) {
      long address = operation.wide("addr");
      int size = size(operation);
      long expected = operation.wide("value");
      long got = onCpu(operation, cpu -> machine.physicalLoad(cpu, address, size));
      return compare(expected, got);
    }

    private Difference mmioStore(Operation operation) {
      long address = operation.wide("addr");
      int size = size(operation);
      long value = operation.wide("value");
      return onCpu(
          operation,
          cpu -> {
            machine.physicalStore(cpu, address, size, value);
            return null;
          });
    }

    // ---- memory, devices, processor

    private Difference queueRead(Operation operation) {
      long address = operation.wide("addr") + 4L * operation.integer("index", 0, Integer.MAX_VALUE);
      requireMemory(address, Integer.BYTES);
      long expected = operation.wide("value");
      return compare(expected, Integer.toUnsignedLong(machine.vm().memory().readInt(address)));
    }

    private Difference queueClear(Operation operation) {
      long address = operation.wide("addr");
      long bytes =
          operation.node("bytes").isTextual()
              ? operation.wide("bytes")
              : operation.integer("bytes", 0, Integer.MAX_VALUE);
      requireMemory(address, bytes);
      machine.vm().memory().clear(address, bytes);
      return null;
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

    private Difference msi(Operation operation) throws ErrnoException {
      machine.sendMsi(source(operation, false));
      return null;
    }

    private Difference line(Operation operation) throws ErrnoException {
      machine.driveLine(source(operation, true), operation.integer("level", 0, 1) == 1);
      return null;
    }

    private Difference externalProbe(Operation operation) {
      int expected = operation.integer("value", 0, 1);
      boolean high = onCpu(operation, machine::externalInterrupt);
      return compare(expected, high ? 1 : 0);
    }
  }
}
