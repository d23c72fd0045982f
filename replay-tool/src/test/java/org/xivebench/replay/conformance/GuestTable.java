package org.xivebench.replay.conformance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.InputException;

/**
 * A conformance file as the guest of {@code verification/qemu} wants it in its memory: a header,
 * and a record of 128 bytes for each operation. Big-endian.
 *
 * <pre>
 *  header                                  record
 *    0  u32 magic                            0  u32 line
 *    4  u32 operations                       4  u8  kind
 *    8  u32 vCPUs                            5  u8  vCPU
 *   12  u32 rounds                           6  u8  arguments of an RTAS call
 *   16  u32 MiB of memory                    7  u8  results that are compared
 *   20  u32 servers[8]                       8  u32 code
 *   52  char RTAS names[16][48]             12  s32 expected return code
 *  820  0                                   16  s32 expected status of an RTAS call
 *  824  records                             20  u32 return words of an RTAS call
 *                                           24  u64 in[8]
 *                                           88  u64 expected out[5]
 * </pre>
 *
 * Accesses to ESB pages, the TIMA and event queues all become loads and stores of an address.
 */
final class GuestTable {
  static final int HEADER_BYTES = 824;
  static final int RECORD_BYTES = 128;

  private static final int MAGIC = 0x7876_6274;
  private static final int MOST_VCPUS = 8;
  private static final int MOST_RTAS_NAMES = 16;
  private static final int RTAS_NAME_BYTES = 48;
  private static final int MOST_INPUTS = 8;
  private static final int MOST_OUTPUTS = 5;

  /** Where the guest's own memory ends, image and table: queues lie above. */
  static final long OWN_BYTES = 64L << 20;

  private static final int LEAST_MEBIBYTES = 256;

  static final long TABLE_ADDRESS = 16L << 20;

  private static final long ESB = 0x0006_0100_0000_0000L;
  private static final long TIMA = 0x0006_0302_0318_0000L;
  private static final int PAGE_SHIFT = 16;

  /** Numbers of the interrupts of the guest's PCI devices. */
  private static final int FIRST_MSI = 0x1300;

  private static final int MSI_COUNT = 8;
  private static final int FIRST_LSI = 0x1200;
  private static final int LSI_COUNT = 4;

  /** What the guest does; the order is its {@code enum kind}. */
  enum Kind {
    NOTHING,
    HCALL,
    RTAS,
    LOAD,
    STORE,
    BURST,
    CLEAR,
    MSI,
    LINE,
    EXT_PROBE,
    CAS
  }

  private final ScenarioHeader header;
  private final List<Operation> operations;
  private final List<String> rtasNames = new ArrayList<>();
  private final ByteBuffer records;

  /** vCPU of the last operation: what names none is done by the one that works anyway. */
  private int cpu;

  private GuestTable(ScenarioHeader header, List<Operation> operations) {
    this.header = header;
    this.operations = operations;
    this.records = ByteBuffer.allocate(operations.size() * RECORD_BYTES);
  }

  /**
   * Writes the table of some operations, comments among them or not.
   *
   * @param reader of their file, for messages
   * @param rounds how often the guest is to do them
   * @throws InputException if the guest cannot do one of them
   */
  static byte[] of(ScenarioReader reader, List<Operation> operations, int rounds)
      throws IOException {
    List<Operation> counted =
        operations.stream().filter(operation -> !operation.name().equals("note")).toList();
    refuseWhatIsTooMuch(reader, counted.size());
    GuestTable table = new GuestTable(reader.header(), counted);
    for (Operation operation : counted) {
      try {
        table.put(operation);
      } catch (Operation.BadLine e) {
        throw reader.at(operation, e);
      }
    }
    return table.toBytes(rounds);
  }

  private static void refuseWhatIsTooMuch(ScenarioReader reader, int operationCount)
      throws InputException {
    ScenarioHeader header = reader.header();
    if (header.servers().size() > MOST_VCPUS) {
      throw reader.at(1, "the guest has room for " + MOST_VCPUS + " vCPUs");
    }
    for (int i = 0; i < header.servers().size(); i++) {
      if (header.servers().get(i) != i * serverStride(header)) {
        throw reader.at(1, "QEMU numbers vCPUs in equal steps from 0, not " + header.servers());
      }
    }
    if (header.memoryMebibytes() < LEAST_MEBIBYTES) {
      throw reader.at(1, "the guest needs " + LEAST_MEBIBYTES + " MiB of memory");
    }
    long bytes = HEADER_BYTES + (long) operationCount * RECORD_BYTES;
    if (TABLE_ADDRESS + bytes > OWN_BYTES) {
      throw reader.at(1, "there are more operations than the guest has memory for");
    }
  }

  /** Returns by how much the server number grows from one vCPU to the next. */
  static int serverStride(ScenarioHeader header) {
    return header.servers().size() > 1 ? header.servers().get(1) : 1;
  }

  private byte[] toBytes(int rounds) {
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + records.capacity());
    out.putInt(MAGIC).putInt(operations.size()).putInt(header.servers().size()).putInt(rounds);
    out.putInt(header.memoryMebibytes());
    header.servers().forEach(out::putInt);
    int names = 20 + MOST_VCPUS * Integer.BYTES;
    for (int i = 0; i < rtasNames.size(); i++) {
      out.position(names + i * RTAS_NAME_BYTES).put(rtasNames.get(i).getBytes(US_ASCII));
    }
    return out.position(HEADER_BYTES).put(records.flip()).array();
  }

  private void put(Operation operation) {
    switch (operation.name()) {
      case "hcall" -> hypercall(operation);
      case "rtas" -> rtas(operation);
      case "esb_load" -> load(operation, esb(operation), Long.BYTES);
      case "esb_store" -> store(operation, esb(operation), Long.BYTES);
      case "tima_load" -> load(operation, tima(operation), size(operation));
      case "tima_store" -> store(operation, tima(operation), size(operation));
      case "mmio_load" -> load(operation, operation.wide("addr"), size(operation));
      case "mmio_store" -> store(operation, operation.wide("addr"), size(operation));
      case "eq_read" -> {
        long index = operation.integer("index", 0, Integer.MAX_VALUE);
        load(operation, ownMemoryExcluded(operation.wide("addr")) + 4 * index, Integer.BYTES);
      }
      case "burst" -> {
        long trigger = esbPage(operation, 0);
        int count = operation.integer("count", 0, 1 << 26);
        row(operation, Kind.BURST, count).in(trigger, esbPage(operation, 1)).put();
      }
      case "eq_clear" -> {
        long address = ownMemoryExcluded(operation.wide("addr"));
        row(operation, Kind.CLEAR, 0).in(address, operation.bytes()).put();
      }
      case "msi" -> {
        int device = device(operation, FIRST_MSI, MSI_COUNT);
        row(operation, Kind.MSI, 0).in(device).put();
      }
      case "line" -> {
        int device = device(operation, FIRST_LSI, LSI_COUNT);
        row(operation, Kind.LINE, 0).in(device, operation.integer("level", 0, 1)).put();
      }
      case "ext_probe" ->
          row(operation, Kind.EXT_PROBE, 0).out(operation.integer("value", 0, 1)).put();
      case "cas" -> row(operation, Kind.CAS, 0).ret(CallNames.code(operation.string("ret"))).put();
      default -> throw new Operation.BadLine("operation \"" + operation.name() + "\" is not known");
    }
  }

  private void hypercall(Operation operation) {
    int opcode = CallNames.opcode(operation.string("name"));
    long[] arguments = operation.wides("args");
    long code = CallNames.code(operation.string("ret"));
    if (opcode == Hcall.H_INT_SET_QUEUE_CONFIG
        && code == Hcall.H_SUCCESS
        && arguments.length == 5
        && arguments[4] != 0) {
      ownMemoryExcluded(arguments[3]);
    }
    row(operation, Kind.HCALL, opcode).in(arguments).ret(code).out(operation.wides("out")).put();
  }

  private void rtas(Operation operation) {
    String name = operation.string("name");
    if (!rtasNames.contains(name)) {
      if (rtasNames.size() == MOST_RTAS_NAMES || name.length() >= RTAS_NAME_BYTES) {
        throw new Operation.BadLine("the guest has no room for the name of this RTAS call");
      }
      rtasNames.add(name);
    }
    Row rtas = row(operation, Kind.RTAS, rtasNames.indexOf(name));
    rtas.inputs = operation.wides("args").length;
    rtas.status = operation.integer("status", Integer.MIN_VALUE, Integer.MAX_VALUE);
    rtas.returns = operation.integer("nret", 0, MOST_INPUTS);
    rtas.in(operation.wides("args"))
        .ret(CallNames.code(operation.string("ret")))
        .out(operation.wides("out"))
        .put();
  }

  private void load(Operation operation, long address, int size) {
    row(operation, Kind.LOAD, size).in(address).out(operation.wide("value")).put();
  }

  private void store(Operation operation, long address, int size) {
    row(operation, Kind.STORE, size).in(address, operation.wide("value")).put();
  }

  private static int size(Operation operation) {
    int size = operation.integer("size", 1, Long.BYTES);
    if (Integer.bitCount(size) != 1) {
      throw new Operation.BadLine("a size is 1, 2, 4 or 8");
    }
    return size;
  }

  private static long esb(Operation operation) {
    int page = operation.string("page").equals("trigger") ? 0 : 1;
    return esbPage(operation, page) + operation.wideInt("offset");
  }

  private static long esbPage(Operation operation, int page) {
    return ESB + ((2L * operation.wideInt("source") + page) << PAGE_SHIFT);
  }

  private static long tima(Operation operation) {
    long view = operation.string("page").equals("os") ? 2 : 3;
    return TIMA + (view << PAGE_SHIFT) + operation.wideInt("offset");
  }

  private static long ownMemoryExcluded(long address) {
    if (address >= 0 && address < OWN_BYTES) {
      throw new Operation.BadLine(
          "the guest itself lies in the first " + (OWN_BYTES >> 20) + " MiB");
    }
    return address;
  }

  private static int device(Operation operation, int first, int count) {
    int index = operation.wideInt("source") - first;
    if (index < 0 || index >= count) {
      throw new Operation.BadLine("the guest has no device for that source");
    }
    return index;
  }

  private Row row(Operation operation, Kind kind, int code) {
    return new Row(operation, kind, code);
  }

  /** One record, filled field by field. */
  private final class Row {
    private final Operation operation;
    private final Kind kind;
    private final int code;
    private int inputs;
    private int returns;
    private long ret;
    private int status;
    private long[] in = {};
    private long[] out = {};

    Row(Operation operation, Kind kind, int code) {
      this.operation = operation;
      this.kind = kind;
      this.code = code;
    }

    Row in(long... values) {
      if (values.length > MOST_INPUTS) {
        throw new Operation.BadLine("more than " + MOST_INPUTS + " arguments");
      }
      in = values;
      return this;
    }

    Row out(long... values) {
      if (values.length > MOST_OUTPUTS) {
        throw new Operation.BadLine("more than " + MOST_OUTPUTS + " results");
      }
      out = values;
      return this;
    }

    Row ret(long value) {
      ret = value;
      return this;
    }

    void put() {
      if (operation.has("cpu")) {
        cpu = operation.integer("cpu", 0, header.servers().size() - 1);
      }
      int start = records.position();
      records.putInt((int) operation.line());
      records.put((byte) kind.ordinal()).put((byte) cpu).put((byte) inputs).put((byte) out.length);
      records.putInt(code).putInt((int) ret).putInt(status).putInt(returns);
      for (long value : in) {
        records.putLong(value);
      }
      records.position(start + 88);
      for (long value : out) {
        records.putLong(value);
      }
      records.position(start + RECORD_BYTES);
    }
  }
}
