package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestMemory;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.RunException;
import org.xivebench.kvm.uapi.Hcall;

/** H_RTAS: the argument block in guest memory, the table of tokens, and what comes back. */
class XicsRtasTest {
  private static final int A = 0x1001;
  private static final long BLOCK = 0x2_0010;
  private static final int UNTOUCHED = 0x5a5a5a5a;
  private static final int WORDS = 16;
  private static final int UNKNOWN_TOKEN = 0x3000;

  private static XicsMachine machine() throws ErrnoException {
    XicsMachine machine = new XicsMachine(2);
    machine.addMsi(A, 1, 5);
    machine.inGuest(cpus -> {}); // the first entry computes PIPR
    return machine;
  }

  private static void write(
      XicsMachine machine, int token, int nargs, int nret, List<Integer> args) {
    GuestMemory memory = machine.vm.memory();
    memory.writeInt(BLOCK, token);
    memory.writeInt(BLOCK + 4, nargs);
    memory.writeInt(BLOCK + 8, nret);
    for (int i = 0; i < WORDS; i++) {
      memory.writeInt(BLOCK + 12 + 4L * i, i < args.size() ? args.get(i) : UNTOUCHED);
    }
  }

  private static int[] words(XicsMachine machine) {
    int[] words = new int[WORDS];
    for (int i = 0; i < WORDS; i++) {
      words[i] = machine.vm.memory().readInt(BLOCK + 12 + 4L * i);
    }
    return words;
  }

  private record Row(
      String what,
      RtasService service,
      int nargs,
      int nret,
      List<Integer> args,
      List<Integer> out) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row("set-xive", RtasService.SET_XIVE, 3, 1, List.of(A, 0, 6), List.of(0)),
        new Row("get-xive", RtasService.GET_XIVE, 1, 3, List.of(A), List.of(0, 1, 5)),
        new Row("int-off", RtasService.INT_OFF, 1, 1, List.of(A), List.of(0)),
        new Row("int-on", RtasService.INT_ON, 1, 1, List.of(A), List.of(0)),
        new Row(
            "set-xive of no source",
            RtasService.SET_XIVE,
            3,
            1,
            List.of(0x8000, 0, 5),
            List.of(-3)),
        new Row("set-xive to no server", RtasService.SET_XIVE, 3, 1, List.of(A, 9, 5), List.of(-3)),
        new Row(
            "get-xive of no source",
            RtasService.GET_XIVE,
            1,
            3,
            List.of(0x8000),
            List.of(-3, 0, 0)),
        new Row("int-off of no source", RtasService.INT_OFF, 1, 1, List.of(0x8000), List.of(-3)),
        new Row("int-on of no source", RtasService.INT_ON, 1, 1, List.of(0x8000), List.of(-3)),
        new Row("set-xive, 2 arguments", RtasService.SET_XIVE, 2, 1, List.of(A, 0), List.of(-3)),
        new Row(
            "set-xive, 4 arguments", RtasService.SET_XIVE, 4, 1, List.of(A, 0, 6, 0), List.of(-3)),
        new Row(
            "set-xive, 2 return words",
            RtasService.SET_XIVE,
            3,
            2,
            List.of(A, 0, 6),
            List.of(-3, 0)),
        new Row("get-xive, no argument", RtasService.GET_XIVE, 0, 3, List.of(), List.of(-3, 0, 0)),
        new Row("get-xive, 2 return words", RtasService.GET_XIVE, 1, 2, List.of(A), List.of(-3, 0)),
        new Row(
            "get-xive, 4 return words",
            RtasService.GET_XIVE,
            1,
            4,
            List.of(A),
            List.of(-3, 0, 0, 0)),
        new Row("int-off, 2 arguments", RtasService.INT_OFF, 2, 1, List.of(A, 0), List.of(-3)),
        new Row("int-off, no return word", RtasService.INT_OFF, 1, 0, List.of(A), List.of(-3)),
        new Row("int-on, 2 return words", RtasService.INT_ON, 1, 2, List.of(A), List.of(-3, 0)),
        new Row(
            "int-on, 15 arguments",
            RtasService.INT_ON,
            15,
            1,
            Collections.nCopies(15, 0),
            List.of(-3)));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void call_withItsArgumentsInMemory_answersBehindThem(Row row) throws ErrnoException {
    try (XicsMachine machine = machine()) {
      write(machine, XicsMachine.token(row.service()), row.nargs(), row.nret(), row.args());
      int[] expected = words(machine);
      for (int i = 0; i < row.out().size(); i++) {
        expected[row.nargs() + i] = row.out().get(i);
      }
      String before = machine.snapshot();
      machine.inGuest(cpus -> assertEquals(Hcall.H_SUCCESS, cpus[0].hcall(Hcall.H_RTAS, BLOCK)));
      assertArrayEquals(expected, words(machine));
      if (row.out().get(0) != 0) {
        assertEquals(before, machine.snapshot());
      }
    }
  }

  @Test
  void call_topBitsOfTheAddress_doNotCount() throws ErrnoException {
    try (XicsMachine machine = machine()) {
      write(machine, XicsMachine.token(RtasService.GET_XIVE), 1, 3, List.of(A));
      machine.inGuest(
          cpus -> assertEquals(0, cpus[0].hcall(Hcall.H_RTAS, 0xf000_0000_0000_0000L | BLOCK)));
      assertEquals(0, words(machine)[1]);
      assertEquals(5, words(machine)[3]);
    }
  }

  private static void assertRunFails(XicsMachine machine, Errno expected, long address) {
    String before = machine.snapshot();
    RunException failed =
        assertThrows(
            RunException.class,
            () -> machine.inGuest(cpus -> cpus[0].hcall(Hcall.H_RTAS, address)));
    assertEquals(expected, failed.errno());
    assertEquals(before, machine.snapshot());
  }

  @Test
  void call_blockOutsideRam_failsKvmRunWithEfault() throws ErrnoException {
    try (XicsMachine machine = machine()) {
      long end = machine.vm.memory().sizeBytes();
      assertRunFails(machine, Errno.EFAULT, end);
      assertRunFails(machine, Errno.EFAULT, end - 4);
      assertRunFails(machine, Errno.EFAULT, 0x0fff_ffff_ffff_fffcL);
    }
  }

  @Test
  void call_of16ArgumentsOrMore_failsKvmRunWithEinvalWhateverTheToken() throws ErrnoException {
    try (XicsMachine machine = machine()) {
      for (int nargs : new int[] {16, 17, Integer.MAX_VALUE, -1}) {
        write(machine, UNKNOWN_TOKEN, nargs, 1, List.of());
        assertRunFails(machine, Errno.EINVAL, BLOCK);
      }
      RunException failed =
          assertThrows(
              RunException.class,
              () -> machine.inGuest(cpus -> cpus[0].rtas(UNKNOWN_TOKEN, new int[16], new int[1])));
      assertEquals(Errno.EINVAL, failed.errno());
      machine.inGuest(
          cpus -> assertEquals(0, XicsMachine.rtas(cpus[0], RtasService.GET_XIVE, A)[0]));
    }
  }

  @Test
  void call_unknownToken_goesToTheVmmWithItsBlockUntouched() throws ErrnoException {
    try (XicsMachine machine = machine()) {
      write(machine, UNKNOWN_TOKEN, 1, 1, List.of(A));
      assertEquals(List.of(Hcall.H_RTAS), exitsOf(machine, BLOCK));
      assertEquals(UNTOUCHED, words(machine)[1]);
    }
  }

  @Test
  void call_noTokenDefined_goesToTheVmmBeforeAnyCheck() throws ErrnoException {
    try (XicsMachine machine = machine()) {
      for (RtasService service : RtasService.values()) {
        machine.vm.defineRtasToken(service.rtasName(), 0);
      }
      write(machine, XicsMachine.token(RtasService.INT_OFF), 16, 1, List.of(A));
      assertEquals(List.of(Hcall.H_RTAS), exitsOf(machine, BLOCK));
      assertEquals(List.of(Hcall.H_RTAS), exitsOf(machine, -4));
      assertEquals(5, machine.device().getXive(A).priority());
    }
  }

  private static List<Integer> exitsOf(XicsMachine machine, long address) {
    List<Integer> exits = new ArrayList<>();
    boolean ended =
        machine
            .vcpus
            .get(0)
            .run(
                cpu -> assertEquals(7, cpu.hcall(Hcall.H_RTAS, address)),
                XicsMachine.exitsTo(
                    opcode -> {
                      exits.add(opcode);
                      return 7;
                    }));
    assertTrue(ended);
    return exits;
  }

  @Test
  void call_withoutADevice_isParameterError() throws ErrnoException {
    XicsMachine machine = machine();
    machine.file.close();
    for (RtasService service : RtasService.values()) {
      int nargs = service.argumentCount();
      List<Integer> arguments = Collections.nCopies(nargs, A);
      write(machine, XicsMachine.token(service), nargs, service.returnCount(), arguments);
      machine.inGuest(cpus -> assertEquals(0, cpus[0].hcall(Hcall.H_RTAS, BLOCK)));
      assertEquals(-3, words(machine)[nargs], service.rtasName());
    }
  }
}
