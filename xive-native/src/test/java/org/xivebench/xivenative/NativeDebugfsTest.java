package org.xivebench.xivenative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.xivenative.NativeMachine.SERVER_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_B;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Xive;

/**
 * The text of the debugfs file, to the character: of v6, of v5.10, and of v5.4, whose lines have no
 * VP. Hardware numbers as this model has them: the first interrupt is 0x100000, the first VP of the
 * first VM 0x800, the escalation of all priorities of VP 0x805 is 0x1000000 + 8 * 0x805 + 7, and
 * its page that of END 8 * 0x805 + 7.
 */
class NativeDebugfsTest {
  private static final int HOST_IRQ = 0x55;

  private static NativeMachine machine(KernelVersion kernel, boolean singleEscalation) {
    return new NativeMachine(
        VmConfig.DEFAULT.withKernel(kernel),
        new Xive.Builder().singleEscalation(singleEscalation).build());
  }

  /**
   * A as a context that was pulled with an event pending, B as it was connected; a queue for each,
   * A's with two entries in it; an MSI, an LSI whose line is up, an LSI whose line is down and that
   * is routed nowhere, and an interrupt that is passed through.
   */
  private static NativeMachine filled(KernelVersion kernel) throws ErrnoException {
    NativeMachine machine = machine(kernel, true).withQueues();
    machine.a.setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, OneReg.of(0x8006_0240_ff01_0006L));
    machine.source(0, 0);
    machine.source(0xc, XiveUapi.KVM_XIVE_LEVEL_SENSITIVE | XiveUapi.KVM_XIVE_LEVEL_ASSERTED);
    machine.source(0xd, XiveUapi.KVM_XIVE_LEVEL_SENSITIVE);
    machine.source(0x406, 0);
    machine.route(0, SERVER_A, 6, 0x1001);
    machine.route(0xc, SERVER_A, 6, 0x7fff_fffe);
    machine.route(0x406, SERVER_B, 4, 0x406);
    machine.host.defineSource(HOST_IRQ, 0);
    machine.vm.setMapped(0x406, HOST_IRQ);
    machine.map();
    for (int source : new int[] {0, 0xc}) {
      machine.esbLoad(source, EsbOffset.SET_PQ_00);
      machine.trigger(source);
    }
    machine.trigger(0xc);
    return machine;
  }

  @Test
  void v6_text_isAsTheFormatSays() throws ErrnoException {
    assertEquals(
        """
        =========
        VCPU state
        =========
        VCPU 5: VP=0x805/00
            NSR=80 CPPR=06 IBP=02 PIPR=06 w01=80060240ff010006 w2=80000805
            q[6]: T=0 80001001 fffffffe...
            ESC 16793647 -Q EOI @402f0000
        VCPU 18: VP=0x812/00
            NSR=00 CPPR=00 IBP=00 PIPR=00 w01=00000000ff000000 w2=80000812
            q[4]: T=0 00000000 00000000...
            ESC 16793751 -Q EOI @40970000
        =========
        Sources
        =========
        LISN      HW/CHIP    TYPE      PQ  EISN      CPU/PRIO
        00000000  00100000/00  MSI IPI  P-  00001001     5/6
        0000000c  00100001/00 ^LSI IPI  PQ  7ffffffe     5/6
        0000000d  00100002/00  LSI IPI  -Q  00000000     0/255
        00000406  00000055/00  MSI  PT  -Q  00000406    18/4
        """,
        filled(KernelVersion.V6).debugfs());
  }

  @Test
  void v510_text_isAsTheFormatSays() throws ErrnoException {
    assertEquals(
        """
        =========
        VCPU state
        =========
        cpu server 0x5 VP=0x805 NSR=80 CPPR=06 IBP=02 PIPR=06 w01=060001ff40020680 w2=05080080
         [q6]: T=0 80001001 fffffffe...
        E:pQ I(16793647:1:402f0000)
        cpu server 0x12 VP=0x812 NSR=00 CPPR=00 IBP=00 PIPR=00 w01=000000ff00000000 w2=12080080
         [q4]: T=0 00000000 00000000...
        E:pQ I(16793751:1:40970000)
        """,
        filled(KernelVersion.V510).debugfs());
  }

  @Test
  void v54_text_hasNoVp() throws ErrnoException {
    assertEquals(
        """
        =========
        VCPU state
        =========
        cpu server 0x5 NSR=80 CPPR=06 IBP=02 PIPR=06 w01=060001ff40020680 w2=05080080
         [q6]: T=0 80001001 fffffffe...
        E:pQ I(16793647:1:402f0000)
        cpu server 0x12 NSR=00 CPPR=00 IBP=00 PIPR=00 w01=000000ff00000000 w2=12080080
         [q4]: T=0 00000000 00000000...
        E:pQ I(16793751:1:40970000)
        """,
        filled(KernelVersion.V54).debugfs());
  }

  @Test
  void nothingConnected_onlyTitles() {
    assertEquals(
        """
        =========
        VCPU state
        =========
        """,
        machine(KernelVersion.V510, true).debugfs());
    assertEquals(
        """
        =========
        VCPU state
        =========
        =========
        Sources
        =========
        LISN      HW/CHIP    TYPE      PQ  EISN      CPU/PRIO
        """,
        machine(KernelVersion.V6, true).debugfs());
  }

  /** Server 0 is printed without a prefix, as {@code %#x} prints it. */
  @Test
  void server0_v510_isABareZero() throws ErrnoException {
    NativeMachine machine = machine(KernelVersion.V510, true);
    machine.connect(machine.a, 0);

    assertEquals(
        """
        =========
        VCPU state
        =========
        cpu server 0 VP=0x800 NSR=00 CPPR=00 IBP=00 PIPR=00 w01=000000ff00000000 w2=00080080
        """,
        machine.debugfs());
  }

  @Test
  void queueTakenAway_escalationIsShownAlone() throws ErrnoException {
    NativeMachine v6 = machine(KernelVersion.V6, true);
    v6.connect(v6.a, SERVER_A);
    v6.setEq(SERVER_A, 6, EqConfig.fresh(16, NativeMachine.QUEUE_A));
    v6.setEq(SERVER_A, 6, EqConfig.none());
    NativeMachine v510 = machine(KernelVersion.V510, true);
    v510.connect(v510.a, SERVER_A);
    v510.setEq(SERVER_A, 6, EqConfig.fresh(16, NativeMachine.QUEUE_A));
    v510.setEq(SERVER_A, 6, EqConfig.none());

    assertTrue(v6.debugfs().contains(" w2=80000805\n    ESC 16793647 -Q EOI @402f0000\n======"));
    assertTrue(v510.debugfs().endsWith(" w2=05080080\n [q6]: E:pQ I(16793647:1:402f0000)\n"));
  }

  /** Each priority has an escalation of its own, and the host has unmasked it. */
  @Test
  void multipleEscalations_eachUnderItsQueue() throws ErrnoException {
    NativeMachine v6 = machine(KernelVersion.V6, false).withQueues();
    v6.setEq(SERVER_A, 3, EqConfig.fresh(16, 0x90000));
    NativeMachine v510 = machine(KernelVersion.V510, false).withQueues();
    v510.setEq(SERVER_A, 3, EqConfig.fresh(16, 0x90000));

    assertTrue(
        v6.debugfs()
            .contains(
                """
                    q[3]: T=0 00000000 00000000...
                    ESC 16793643 -- EOI @402b0000
                    q[6]: T=0 00000000 00000000...
                    ESC 16793646 -- EOI @402e0000
                VCPU 18: \
                """),
        v6.debugfs());
    assertTrue(
        v510.debugfs()
            .contains(
                """
                 [q3]: T=0 00000000 00000000...
                E:pq I(16793643:0:402b0000)
                 [q6]: T=0 00000000 00000000...
                E:pq I(16793646:0:402e0000)
                cpu server 0x12 \
                """),
        v510.debugfs());
  }

  @ParameterizedTest
  @EnumSource(
      value = KernelVersion.class,
      names = {"V510", "V6"})
  void reading_changesNothing(KernelVersion kernel) throws ErrnoException {
    NativeMachine machine = filled(kernel);
    StateDump before = machine.dump();

    String text = machine.debugfs();

    assertEquals(text, machine.debugfs());
    assertEquals(List.of(), before.changesTo(machine.dump()));
  }

  @ParameterizedTest
  @EnumSource
  void file_isWhereTheKernelHasIt(KernelVersion kernel) {
    NativeMachine machine = machine(kernel, true);

    String path = machine.vm.debugfs().paths().get(0);

    if (kernel == KernelVersion.V6) {
      assertEquals(
          "kvm/" + ProcessHandle.current().pid() + "-" + machine.vm.lpid() + "/xive", path);
    } else {
      assertEquals("powerpc/kvm-xive-" + Integer.toHexString(machine.vm.lpid()), path);
    }
  }
}
