package org.xivebench.replay.conformance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.InputException;
import org.xivebench.replay.conformance.GuestTable.Kind;

/** What the guest in QEMU reads must be where {@code verification/qemu/guest.c} looks for it. */
final class GuestTableTest {
  private static final String HEADER =
      "{'op':'header','format':1,'scenario':'made','ic_mode':'xive','smp':2,'servers':[0,8],"
          + "'ram_mb':512,'irq_map':{'ipi':['0x0'],'lsi':['0x1200'],'msi':['0x1300']}}";

  @TempDir Path folder;

  private ByteBuffer table(String... lines) throws IOException {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    long count = 0;
    for (String line : lines) {
      text.append(line).append('\n');
      count += line.contains("'note'") ? 0 : 1;
    }
    text.append("{'op':'end','ops':").append(count).append("}\n");
    Path file =
        Files.writeString(folder.resolve("made.jsonl"), text.toString().replace('\'', '"'), UTF_8);
    try (ScenarioReader reader = new ScenarioReader(file)) {
      List<Operation> operations = new ArrayList<>();
      Operation operation;
      while ((operation = reader.next()) != null) {
        operations.add(operation);
      }
      return ByteBuffer.wrap(GuestTable.of(reader, operations, 7));
    }
  }

  /** One record, as the guest has it in {@code struct operation}. */
  private record Row(
      int line,
      Kind kind,
      int cpu,
      int inputs,
      int outputs,
      int code,
      int ret,
      int status,
      int returns,
      List<Long> in,
      List<Long> out) {

    static Row of(ByteBuffer table, int index) {
      ByteBuffer at =
          table.slice(
              GuestTable.HEADER_BYTES + index * GuestTable.RECORD_BYTES, GuestTable.RECORD_BYTES);
      return new Row(
          at.getInt(),
          Kind.values()[at.get()],
          at.get(),
          at.get(),
          at.get(),
          at.getInt(),
          at.getInt(),
          at.getInt(),
          at.getInt(),
          longs(at, 8),
          longs(at, 5));
    }

    private static List<Long> longs(ByteBuffer at, int count) {
      List<Long> values = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        values.add(at.getLong());
      }
      return values;
    }

    /** The input that must be there, followed by nothing. */
    void assertIn(long... expected) {
      for (int i = 0; i < in.size(); i++) {
        assertEquals(i < expected.length ? expected[i] : 0, in.get(i), "in[" + i + "]");
      }
    }
  }

  @Test
  void header_hasMachineRoundsAndNamesOfRtasCalls() throws IOException {
    ByteBuffer table =
        table(
            "{'op':'rtas','cpu':0,'name':'ibm,int-on','args':['0x1300'],'nret':1,"
                + "'ret':'H_SUCCESS','status':0,'out':[]}",
            "{'op':'note','text':'not counted'}");
    assertEquals(0x7876_6274, table.getInt(0));
    assertEquals(1, table.getInt(4));
    assertEquals(2, table.getInt(8));
    assertEquals(7, table.getInt(12));
    assertEquals(512, table.getInt(16));
    assertEquals(0, table.getInt(20));
    assertEquals(8, table.getInt(24));
    assertEquals(0, table.getInt(28));
    byte[] name = new byte[11];
    table.get(52, name);
    assertEquals("ibm,int-on\0", new String(name, US_ASCII));
    assertEquals(GuestTable.HEADER_BYTES + GuestTable.RECORD_BYTES, table.capacity());
  }

  @Test
  void hypercall_hasOpcodeArgumentsAndExpectedResults() throws IOException {
    ByteBuffer table =
        table(
            "{'op':'note','text':'line 2'}",
            "{'op':'hcall','cpu':1,'name':'H_INT_GET_SOURCE_CONFIG','args':['0x0','0x1300'],"
                + "'ret':'H_SUCCESS','out':['0xfffffffffffffc00','0xff','0x0']}",
            "{'op':'hcall','cpu':0,'name':'H_EOI','args':['0x1'],'ret':'H_P2','out':[]}");
    Row first = Row.of(table, 0);
    assertEquals(3, first.line());
    assertEquals(Kind.HCALL, first.kind());
    assertEquals(1, first.cpu());
    assertEquals(0x3b0, first.code());
    assertEquals(0, first.ret());
    first.assertIn(0, 0x1300);
    assertEquals(3, first.outputs());
    assertEquals(List.of(0xffff_ffff_ffff_fc00L, 0xffL, 0L, 0L, 0L), first.out());
    Row second = Row.of(table, 1);
    assertEquals(-55, second.ret());
    assertEquals(0, second.outputs());
  }

  @Test
  void rtas_hasIndexOfNameCountsStatusAndResults() throws IOException {
    String setXive =
        "{'op':'rtas','cpu':0,'name':'ibm,set-xive','args':['0x1300','0x0','0x5'],'nret':1,"
            + "'ret':'H_SUCCESS','status':-3,'out':[]}";
    String getXive =
        "{'op':'rtas','cpu':0,'name':'ibm,get-xive','args':['0x1300'],'nret':3,"
            + "'ret':'H_SUCCESS','status':0,'out':['0x0','0xff']}";
    ByteBuffer table = table(setXive, getXive, setXive);
    Row get = Row.of(table, 1);
    assertEquals(Kind.RTAS, get.kind());
    assertEquals(1, get.code());
    assertEquals(1, get.inputs());
    assertEquals(3, get.returns());
    assertEquals(2, get.outputs());
    assertEquals(List.of(0L, 0xffL, 0L, 0L, 0L), get.out());
    Row again = Row.of(table, 2);
    assertEquals(0, again.code());
    assertEquals(-3, again.status());
    again.assertIn(0x1300, 0, 5);
  }

  @Test
  void accesses_becomeLoadsAndStoresOfAddresses() throws IOException {
    ByteBuffer table =
        table(
            "{'op':'esb_load','cpu':0,'source':'0x1301','page':'mgmt','offset':'0x800',"
                + "'value':'0x1'}",
            "{'op':'esb_store','cpu':0,'source':'0x2','page':'trigger','offset':'0x0',"
                + "'value':'0x9'}",
            "{'op':'tima_load','cpu':0,'page':'os','offset':'0x810','size':2,'value':'0x8004'}",
            "{'op':'tima_store','cpu':0,'page':'user','offset':'0x11','size':1,'value':'0xff'}",
            "{'op':'eq_read','server':0,'prio':4,'addr':'0x4000000','index':3,"
                + "'value':'0x80000060'}",
            "{'op':'burst','cpu':0,'source':'0x1','count':5}");
    Row esbLoad = Row.of(table, 0);
    assertEquals(Kind.LOAD, esbLoad.kind());
    assertEquals(8, esbLoad.code());
    esbLoad.assertIn(0x0006_0100_2603_0800L);
    Row esbStore = Row.of(table, 1);
    assertEquals(Kind.STORE, esbStore.kind());
    esbStore.assertIn(0x0006_0100_0004_0000L, 9);
    Row timaLoad = Row.of(table, 2);
    assertEquals(2, timaLoad.code());
    timaLoad.assertIn(0x0006_0302_031a_0810L);
    assertEquals(0x8004, timaLoad.out().get(0));
    Row.of(table, 3).assertIn(0x0006_0302_031b_0011L, 0xff);
    Row queue = Row.of(table, 4);
    assertEquals(Kind.LOAD, queue.kind());
    assertEquals(4, queue.code());
    queue.assertIn(0x400_000cL);
    Row burst = Row.of(table, 5);
    assertEquals(5, burst.code());
    burst.assertIn(0x0006_0100_0002_0000L, 0x0006_0100_0003_0000L);
  }

  @Test
  void whatNamesNoVcpu_isDoneByTheOneThatWorks() throws IOException {
    ByteBuffer table =
        table(
            "{'op':'msi','source':'0x1307'}",
            "{'op':'ext_probe','cpu':1,'value':1}",
            "{'op':'line','source':'0x1202','level':1}",
            "{'op':'eq_clear','addr':'0x4000000','bytes':'0x1000'}",
            "{'op':'cas','mode':'xive','ret':'H_SUCCESS'}");
    Row msi = Row.of(table, 0);
    assertEquals(0, msi.cpu());
    msi.assertIn(7);
    Row line = Row.of(table, 2);
    assertEquals(Kind.LINE, line.kind());
    assertEquals(1, line.cpu());
    line.assertIn(2, 1);
    Row.of(table, 3).assertIn(0x400_0000, 0x1000);
    assertEquals(Kind.CAS, Row.of(table, 4).kind());
  }

  @Test
  void whatTheGuestCannotDo_isRefusedWithItsLine() {
    assertRefused("{'op':'msi','source':'0x1308'}", "the guest has no device for that source");
    assertRefused(
        "{'op':'eq_clear','addr':'0x3fff000','bytes':4096}",
        "the guest itself lies in the first 64 MiB");
    assertRefused(
        "{'op':'hcall','cpu':0,'name':'H_INT_SET_QUEUE_CONFIG',"
            + "'args':['0x1','0x0','0x4','0x0','0xc'],'ret':'H_SUCCESS','out':[]}",
        "the guest itself lies in the first 64 MiB");
    assertRefused(
        "{'op':'hcall','cpu':0,'name':'H_EOI','args':['0x0'],'ret':'H_WHAT','out':[]}",
        "return code H_WHAT is not known");
  }

  @Test
  void machineThatQemuCannotMake_isRefused() throws IOException {
    String text = (HEADER + "\n{'op':'end','ops':0}\n").replace('\'', '"');
    assertHeaderRefused(text.replace("[0,8]", "[1,2]"), "QEMU numbers vCPUs in equal steps");
    assertHeaderRefused(text.replace(":512", ":64"), "the guest needs 256 MiB of memory");
    assertHeaderRefused(
        text.replace(":2,", ":9,").replace("[0,8]", "[0,1,2,3,4,5,6,7,8]"),
        "the guest has room for 8 vCPUs");
  }

  private void assertHeaderRefused(String text, String problem) throws IOException {
    Path file = Files.writeString(folder.resolve("header.jsonl"), text, UTF_8);
    try (ScenarioReader reader = new ScenarioReader(file)) {
      InputException e =
          assertThrows(InputException.class, () -> GuestTable.of(reader, List.of(), 1));
      assertTrue(e.getMessage().startsWith(file + ": line 1: " + problem), e.getMessage());
    }
  }

  private void assertRefused(String line, String problem) {
    InputException e = assertThrows(InputException.class, () -> table(line));
    assertTrue(e.getMessage().endsWith("line 2: " + problem), e.getMessage());
  }
}
