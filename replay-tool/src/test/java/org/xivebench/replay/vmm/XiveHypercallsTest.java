package org.xivebench.replay.vmm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.kvm.uapi.Hcall.H_FUNCTION;
import static org.xivebench.kvm.uapi.Hcall.H_INT_ESB;
import static org.xivebench.kvm.uapi.Hcall.H_INT_GET_OS_REPORTING_LINE;
import static org.xivebench.kvm.uapi.Hcall.H_INT_GET_QUEUE_CONFIG;
import static org.xivebench.kvm.uapi.Hcall.H_INT_GET_QUEUE_INFO;
import static org.xivebench.kvm.uapi.Hcall.H_INT_GET_SOURCE_CONFIG;
import static org.xivebench.kvm.uapi.Hcall.H_INT_GET_SOURCE_INFO;
import static org.xivebench.kvm.uapi.Hcall.H_INT_RESET;
import static org.xivebench.kvm.uapi.Hcall.H_INT_SET_QUEUE_CONFIG;
import static org.xivebench.kvm.uapi.Hcall.H_INT_SET_SOURCE_CONFIG;
import static org.xivebench.kvm.uapi.Hcall.H_INT_SYNC;
import static org.xivebench.kvm.uapi.Hcall.H_P2;
import static org.xivebench.kvm.uapi.Hcall.H_P3;
import static org.xivebench.kvm.uapi.Hcall.H_P4;
import static org.xivebench.kvm.uapi.Hcall.H_P5;
import static org.xivebench.kvm.uapi.Hcall.H_PARAMETER;
import static org.xivebench.kvm.uapi.Hcall.H_SUCCESS;
import static org.xivebench.replay.vmm.OneCpu.externalInterrupt;
import static org.xivebench.replay.vmm.OneCpu.on;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.Quirk;
import org.xivebench.xive.Quirks;

/** H_INT_*: each check with its code, and what wins when two things are wrong. */
final class XiveHypercallsTest {
  private static final long RAM = 64L << 20;
  private static final int NO_LISN = 0x1400;
  private static final int NO_SERVER = 5;
  private static final int MSI = 0x1302;

  private Machine machine;

  @BeforeEach
  void startMachine() throws Exception {
    machine = machine(Quirks.NONE);
  }

  /** Two vCPUs, servers 0 and 8; the guest has negotiated XIVE. */
  private static Machine machine(Quirks quirks) throws Exception {
    Machine fresh =
        Machine.emulated(
            new MachineConfig(
                List.of(0, 8),
                InterruptMap.standard(16),
                InterruptMode.XIVE,
                VmConfig.DEFAULT.withMemoryBytes(RAM),
                quirks));
    assertEquals(H_SUCCESS, fresh.negotiateXive());
    return fresh;
  }

  private long hcall(int opcode, long... r) {
    return hcall(machine, opcode, r);
  }

  private static long hcall(Machine machine, int opcode, long... arguments) {
    long[] r = Arrays.copyOf(arguments, 5);
    return on(machine, 1, cpu -> cpu.hcall(opcode, r[0], r[1], r[2], r[3], r[4]));
  }

  private long result(int register) {
    return machine.vm().vcpus().get(1).gpr(register);
  }

  @SuppressWarnings("ArrayRecordComponent") // a row of a table; rows are not compared
  private record Row(String what, long expected, int opcode, long... arguments) {}

  @TestFactory
  Stream<DynamicTest> call_withBadArgument_givesTheCodeOfTheFirstCheckThatFails() {
    return Stream.of(
            new Row("source info: flags", H_PARAMETER, H_INT_GET_SOURCE_INFO, 1, NO_LISN),
            new Row("source info: LISN", H_P2, H_INT_GET_SOURCE_INFO, 0, NO_LISN),
            new Row("source info: LISN range", H_P2, H_INT_GET_SOURCE_INFO, 0, 0x2000),
            new Row("source: flags", H_PARAMETER, H_INT_SET_SOURCE_CONFIG, 4, NO_LISN, 5, 7),
            new Row("source: LISN", H_P2, H_INT_SET_SOURCE_CONFIG, 2, NO_LISN, NO_SERVER, 7),
            new Row("source: priority", H_P4, H_INT_SET_SOURCE_CONFIG, 2, MSI, NO_SERVER, 7),
            new Row("source: server", H_P3, H_INT_SET_SOURCE_CONFIG, 2, MSI, NO_SERVER, 6),
            new Row("source: 0xff", H_SUCCESS, H_INT_SET_SOURCE_CONFIG, 2, MSI, NO_SERVER, 0xff),
            new Row("source: wide priority", H_P4, H_INT_SET_SOURCE_CONFIG, 2, MSI, 8, 0x106),
            new Row("source: wide server", H_P3, H_INT_SET_SOURCE_CONFIG, 2, MSI, 1L << 32, 6),
            new Row("get source: flags", H_PARAMETER, H_INT_GET_SOURCE_CONFIG, 1, NO_LISN),
            new Row("get source: LISN", H_P2, H_INT_GET_SOURCE_CONFIG, 0, NO_LISN),
            new Row("queue info: flags", H_PARAMETER, H_INT_GET_QUEUE_INFO, 1, NO_SERVER, 7),
            new Row("queue info: priority", H_P3, H_INT_GET_QUEUE_INFO, 0, NO_SERVER, 7),
            new Row("queue info: server", H_P2, H_INT_GET_QUEUE_INFO, 0, NO_SERVER, 6),
            new Row("queue: flags", H_PARAMETER, H_INT_SET_QUEUE_CONFIG, 2, NO_SERVER, 7, 1, 13),
            new Row("queue: priority", H_P3, H_INT_SET_QUEUE_CONFIG, 1, NO_SERVER, 7, 1, 13),
            new Row("queue: server", H_P2, H_INT_SET_QUEUE_CONFIG, 1, NO_SERVER, 6, 1, 13),
            new Row("queue: size", H_P5, H_INT_SET_QUEUE_CONFIG, 1, 8, 6, 1, 13),
            new Row("queue: alignment", H_P4, H_INT_SET_QUEUE_CONFIG, 1, 8, 6, 0x800, 12),
            new Row("queue: not RAM", H_P4, H_INT_SET_QUEUE_CONFIG, 1, 8, 6, RAM, 12),
            new Row("get queue: flags", H_PARAMETER, H_INT_GET_QUEUE_CONFIG, 2, NO_SERVER, 7),
            new Row("get queue: priority", H_P3, H_INT_GET_QUEUE_CONFIG, 0, NO_SERVER, 7),
            new Row("get queue: server", H_P2, H_INT_GET_QUEUE_CONFIG, 0, NO_SERVER, 6),
            new Row("ESB: flags", H_PARAMETER, H_INT_ESB, 2, NO_LISN, 0x20001),
            new Row("ESB: LISN", H_P2, H_INT_ESB, 0, NO_LISN, 0x20001),
            new Row("ESB: offset", H_P3, H_INT_ESB, 0, MSI, 0x20001),
            new Row("sync: flags", H_PARAMETER, H_INT_SYNC, 1, NO_LISN),
            new Row("sync: LISN", H_P2, H_INT_SYNC, 0, NO_LISN),
            new Row("reset: flags", H_PARAMETER, H_INT_RESET, 1),
            new Row("reporting line", H_FUNCTION, H_INT_GET_OS_REPORTING_LINE, 1, NO_SERVER))
        .map(
            row ->
                DynamicTest.dynamicTest(
                    row.what(),
                    () -> assertEquals(row.expected(), hcall(row.opcode(), row.arguments()))));
  }

  @Test
  void call_beforeNegotiation_isHFunction() {
    Machine fresh =
        Machine.emulated(MachineConfig.standard(2, InterruptMode.XIVE, VmConfig.DEFAULT));
    assertEquals(H_FUNCTION, hcall(fresh, H_INT_GET_SOURCE_INFO, 0, MSI));
  }

  @Test
  void getSourceInfo_ofLsi_asksForTheHypercall() {
    assertEquals(H_SUCCESS, hcall(H_INT_GET_SOURCE_INFO, 0, 0x1201));
    assertEquals(0xc, result(4));
    assertEquals(-1, result(5));
    assertEquals(-1, result(6));
    assertEquals(16, result(7));
  }

  @Test
  void getSourceConfig_givesWhatWasSet_andKeepsEisnWithoutTheFlag() {
    assertEquals(H_SUCCESS, hcall(H_INT_SET_SOURCE_CONFIG, 2, MSI, 8, 6, 0x77));
    assertEquals(H_SUCCESS, hcall(H_INT_SET_SOURCE_CONFIG, 1, MSI, 8, 5, 0x78));
    assertEquals(H_SUCCESS, hcall(H_INT_GET_SOURCE_CONFIG, 0, MSI));
    assertEquals(8, result(4));
    assertEquals(0xff, result(5));
    assertEquals(0x77, result(6));
  }

  @Test
  void event_toServer8_arrivesThereAndNotAtServer0() throws Exception {
    assertEquals(H_SUCCESS, hcall(H_INT_SET_QUEUE_CONFIG, 1, 8, 6, 0x10000, 16));
    assertEquals(H_SUCCESS, hcall(H_INT_SET_SOURCE_CONFIG, 2, MSI, 8, 6, 0x77));
    assertEquals(1L, on(machine, 0, cpu -> cpu.esbLoad(MSI, 1, 0xc00, 8)));
    for (int i = 0; i < 2; i++) {
      on(
          machine,
          i,
          cpu -> {
            cpu.timaStore(2, 0x11, 1, 0xff);
            return 0;
          });
    }
    machine.sendMsi(machine.interrupts().source(MSI));
    assertEquals(0x80000077, machine.vm().memory().readInt(0x10000));
    assertFalse(externalInterrupt(machine, 0));
    assertTrue(externalInterrupt(machine, 1));
    assertEquals(0x8006L, on(machine, 1, cpu -> cpu.timaLoad(2, 0x810, 2)));
    assertFalse(externalInterrupt(machine, 1));
    assertEquals(H_SUCCESS, hcall(H_INT_GET_QUEUE_CONFIG, 1, 8, 6));
    assertEquals(0x4000000000000001L, result(4));
    assertEquals(0x10000, result(5));
    assertEquals(16, result(6));
    assertEquals(1, result(7));
  }

  @Test
  void queueWithoutNotify_notifiesAgainAfterEoiOfTheEnd() throws Exception {
    assertEquals(H_SUCCESS, hcall(H_INT_SET_QUEUE_CONFIG, 0, 8, 6, 0x10000, 12));
    assertEquals(H_SUCCESS, hcall(H_INT_GET_QUEUE_INFO, 0, 8, 6));
    long endPage = result(4);
    assertEquals(H_SUCCESS, hcall(H_INT_SET_SOURCE_CONFIG, 2, MSI, 8, 6, 0x77));
    assertEquals(1L, on(machine, 1, cpu -> cpu.esbLoad(MSI, 1, 0xc00, 8)));
    on(
        machine,
        1,
        cpu -> {
          cpu.timaStore(2, 0x11, 1, 0xff);
          return 0;
        });
    fireAndEnd();
    assertEquals(0x8006L, on(machine, 1, cpu -> cpu.timaLoad(2, 0x810, 2)));
    fireAndEnd();
    assertEquals(0x06L, on(machine, 1, cpu -> cpu.timaLoad(2, 0x810, 2)), "coalesced in ESn");
    assertEquals(
        1L, on(machine, 1, cpu -> machine.physicalLoad(cpu, endPage, 8)), "EOI forwards it");
    assertEquals(0x80000077, machine.vm().memory().readInt(0x10004));
  }

  @Test
  void endPages_eachAccess_isAsASourcesManagementPage() throws Exception {
    assertEquals(H_SUCCESS, hcall(H_INT_SET_QUEUE_CONFIG, 0, 8, 6, 0x10000, 12));
    assertEquals(H_SUCCESS, hcall(H_INT_GET_QUEUE_INFO, 0, 8, 6));
    long notify = result(4);
    long escalate = notify + 0x10000;
    assertEquals(12, result(5));
    for (long page : new long[] {notify, escalate}) {
      long old = load(page + 0x800, 8);
      int pq = 0;
      for (int next : new int[] {3, 1, 2, 0}) {
        assertEquals(pq == 0 ? old : pq, load(page + 0xc00 + 0x100L * next, 8), "SET_PQ");
        assertEquals(next, load(page + 0x800, 8), "GET");
        pq = next;
        old = 0;
      }
      store(page + 0xf00, 8);
      assertEquals(3, load(page + 0xbf8, 8), "a store sets PQ, too");
      store(page, 8);
      store(page + 0x400, 8);
      store(page + 0xe00, 4);
      assertEquals(3, load(page + 0x800, 8), "no triggers and no StoreEOI");
      assertEquals(0xffff_ffffL, load(page + 0xc00, 4), "of 4 bytes");
      assertEquals(0xff, load(page, 1), "of 1 byte");
      assertEquals(-1, load(page + 4, 8), "not aligned");
      assertEquals(3, load(page + 0x800, 8), "which change nothing");
      assertEquals(1, load(page, 8), "EOI of 11 forwards");
      assertEquals(2, load(page + 0x800, 8));
      assertEquals(0, load(page + 0x7f8, 8), "EOI of 10 does not");
    }
  }

  private long load(long address, int size) throws Exception {
    return on(machine, 1, cpu -> machine.physicalLoad(cpu, address, size));
  }

  private void store(long address, int size) throws Exception {
    on(
        machine,
        1,
        cpu -> {
          machine.physicalStore(cpu, address, size, 1);
          return 0;
        });
  }

  @Test
  void queueSizes_thatTheArchitectureHas_areTakenAndToldAndWrapped() throws Exception {
    for (int order : new int[] {12, 16, 21, 24}) {
      assertEquals(H_SUCCESS, hcall(H_INT_SET_QUEUE_CONFIG, 1, 8, 6, 1L << 24, order));
      assertEquals(H_SUCCESS, hcall(H_INT_GET_QUEUE_CONFIG, 1, 8, 6));
      assertEquals(0x4000_0000_0000_0001L, result(4), "generation 1, always notify");
      assertEquals(1L << 24, result(5));
      assertEquals(order, result(6));
      assertEquals(0, result(7));
      assertEquals(H_SUCCESS, hcall(H_INT_GET_QUEUE_INFO, 0, 8, 6));
      assertEquals(order, result(5));
    }
    for (int order : new int[] {1, 11, 13, 17, 20, 22, 25, 64}) {
      assertEquals(H_P5, hcall(H_INT_SET_QUEUE_CONFIG, 1, 8, 6, 1L << 24, order));
    }
  }

  private void fireAndEnd() throws Exception {
    machine.sendMsi(machine.interrupts().source(MSI));
    assertEquals(0L, on(machine, 1, cpu -> cpu.esbLoad(MSI, 1, 0, 8)));
  }

  @Test
  void reset_masksEverySourceAndDisablesEveryQueue() {
    assertEquals(H_SUCCESS, hcall(H_INT_SET_QUEUE_CONFIG, 1, 8, 6, 0x10000, 16));
    assertEquals(H_SUCCESS, hcall(H_INT_SET_SOURCE_CONFIG, 2, MSI, 8, 6, 0x77));
    assertEquals(1L, on(machine, 0, cpu -> cpu.esbLoad(MSI, 1, 0xc00, 8)));
    assertEquals(H_SUCCESS, hcall(H_INT_RESET, 0));
    assertEquals(1L, on(machine, 0, cpu -> cpu.esbLoad(MSI, 1, 0x800, 8)));
    assertEquals(H_SUCCESS, hcall(H_INT_GET_SOURCE_CONFIG, 0, MSI));
    assertEquals(0xff, result(5));
    assertEquals(H_SUCCESS, hcall(H_INT_GET_QUEUE_CONFIG, 1, 8, 6));
    assertEquals(0, result(6));
  }

  @Test
  void truncatedArgument_asQuirk_cutsPriorityAndTarget() throws Exception {
    Machine quirky = machine(Quirks.of(List.of(Quirk.TRUNCATED_ARGUMENT)));
    assertEquals(
        H_SUCCESS, hcall(quirky, H_INT_SET_SOURCE_CONFIG, 2, MSI, (1L << 32) | 8, 0x106, 3));
    assertEquals(H_P4, hcall(quirky, H_INT_SET_SOURCE_CONFIG, 2, MSI, 8, 0x1ff, 3));
    assertEquals(new SourceRoute(false, false, 8, 6, 3), quirky.route(MSI));
  }

  @Test
  void xicsCall_onXiveOnlyMachine_isHFunction() {
    assertEquals(H_FUNCTION, hcall(Hcall.H_XIRR));
  }
}
