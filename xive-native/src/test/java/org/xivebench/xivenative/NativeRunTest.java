package org.xivebench.xivenative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.xivenative.NativeMachine.QUEUE_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_B;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.EndEsb;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

/** vCPUs that run while things happen to their device. */
@Timeout(30)
class NativeRunTest {
  private static final int IRQ = 12;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
    Lifetime.resetReports();
  }

  private static NativeMachine withSource(ReleaseProtocol protocol) throws ErrnoException {
    return withSource(protocol, true);
  }

  private static NativeMachine withSource(ReleaseProtocol protocol, boolean singleEscalation)
      throws ErrnoException {
    NativeMachine machine =
        new NativeMachine(
            VmConfig.DEFAULT.withProtocol(protocol),
            new Xive.Builder().singleEscalation(singleEscalation).build());
    prepare(machine, 0x1001);
    return machine;
  }

  private static void prepare(NativeMachine machine, int eisn) throws ErrnoException {
    machine.withQueues();
    machine.source(IRQ, 0);
    machine.route(IRQ, SERVER_A, 6, eisn);
    machine.map();
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
  }

  /** Takes one interrupt as a guest does: acknowledge, queue, EOI, CPPR. */
  private static int takeInterrupt(GuestCpu cpu, NativeMachine machine, int index) {
    long acknowledged = cpu.timaLoad(2, 0x810, 2);
    assertEquals(0x8006, acknowledged, "EO, and CPPR is the priority");
    int entry = machine.entry(QUEUE_A, index);
    assertEquals(2, cpu.esbLoad(IRQ, 1, EsbOffset.SET_PQ_00, 8));
    cpu.timaStore(2, 0x11, 1, 0xff);
    return entry;
  }

  /** Of all priorities, armed at each H_CEDE; or of its priority, which is always on. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ceded_interrupts_wakeItByEscalation(boolean singleEscalation) throws Exception {
    NativeMachine machine = withSource(ReleaseProtocol.GATED, singleEscalation);
    assertEquals(singleEscalation, machine.a.escEsb() != null);
    List<Integer> taken = new ArrayList<>();
    AtomicInteger round = new AtomicInteger();
    Future<Boolean> guest =
        threads.submit(
            () ->
                machine.a.run(
                    cpu -> {
                      cpu.timaStore(2, 0x11, 1, 0xff);
                      while (taken.size() < 5) {
                        round.incrementAndGet();
                        while (!cpu.externalInterrupt()) {
                          assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_CEDE));
                        }
                        taken.add(takeInterrupt(cpu, machine, taken.size()));
                      }
                    },
                    NoExits.INSTANCE));

    for (int i = 1; i <= 5; i++) {
      while (round.get() < i || machine.esbLoad(IRQ, EsbOffset.GET) != 0) {
        Thread.onSpinWait();
      }
      machine.trigger(IRQ);
    }

    assertTrue(guest.get(), "the program ended");
    assertEquals(List.of(0x8000_1001, 0x8000_1001, 0x8000_1001, 0x8000_1001, 0x8000_1001), taken);
    assertFalse(machine.a.isEscOn() && machine.a.escEsb() == null);
    assertEquals(List.of(), Lifetime.reports());
  }

  @Test
  void ceded_beforeTheHandlerOfTheLastEscalation_isAbortedOnce() throws Exception {
    NativeMachine machine = withSource(ReleaseProtocol.GATED);
    EndEsb escalation = machine.a.escEsb();
    escalation.load(EsbOffset.SET_PQ_10); // it has fired, and its handler is late
    machine.a.setEscOn(true);
    boolean ended =
        machine.a.run(
            cpu -> {
              assertTrue(machine.a.isEscOn(), "entry has found P set");
              assertEquals(Pq.OFF, escalation.pq());
              cpu.timaStore(2, 0x11, 1, 0xff);

              assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_CEDE), "nothing to wake for, yet");
              assertTrue(machine.a.isEscOn());

              machine.a.escalationFired();
              assertFalse(machine.a.isEscOn());
              machine.trigger(IRQ);
              assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_CEDE));
              assertFalse(machine.a.isEscOn(), "armed, and disarmed at entry");
              assertEquals(0x8000_1001, takeInterrupt(cpu, machine, 0));
            },
            NoExits.INSTANCE);
    assertTrue(ended);
  }

  @Test
  void release_underRunningAndCededVcpus_isCleanAndTheNextDeviceWorks() throws Exception {
    NativeMachine machine = withSource(ReleaseProtocol.GATED);
    CountDownLatch inside = new CountDownLatch(2);
    AtomicInteger rounds = new AtomicInteger();
    Future<Boolean> busy =
        threads.submit(
            () ->
                machine.a.run(
                    cpu -> {
                      inside.countDown();
                      while (true) {
                        cpu.compute();
                        rounds.incrementAndGet();
                      }
                    },
                    NoExits.INSTANCE));
    Future<Boolean> asleep =
        threads.submit(
            () ->
                machine.b.run(
                    cpu -> {
                      inside.countDown();
                      while (true) {
                        long unusedCode = cpu.hcall(Hcall.H_CEDE);
                      }
                    },
                    NoExits.INSTANCE));
    inside.await();

    for (int life = 0; life < 20; life++) {
      machine.unmap();
      machine.file.close();
      assertTrue(machine.file.isReleased());
      assertEquals(0, machine.opal.allocatedIrqCount());
      assertEquals(0, machine.opal.allocatedVpBlockCount());
      assertNull(machine.b.presenter());
      machine.file = machine.vm.createDevice(machine.type);
      connectWhileRunning(machine);
    }

    machine.a.stop();
    machine.b.stop();
    assertFalse(busy.get());
    assertFalse(asleep.get());
    assertEquals(List.of(), Lifetime.reports());
    assertTrue(rounds.get() > 0);
    prepareAgain(machine);
  }

  /** A vCPU that runs holds its mutex: as a swap does, connect with the gate closed. */
  private static void connectWhileRunning(NativeMachine machine) throws ErrnoException {
    machine.vm.gate().close();
    machine.vm.kickAll();
    try {
      machine.connected();
    } finally {
      machine.vm.gate().open();
    }
    assertEquals(IrqType.XIVE, machine.a.irqType());
    machine.setEq(SERVER_A, 6, EqConfig.fresh(16, QUEUE_A));
    machine.setEq(SERVER_B, 4, EqConfig.fresh(16, NativeMachine.QUEUE_B));
    machine.map();
  }

  private static void prepareAgain(NativeMachine machine) throws ErrnoException {
    machine.source(IRQ, 0);
    machine.route(IRQ, SERVER_A, 6, 0x77);
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
    machine.trigger(IRQ);
    assertEquals(0x8000_0077, machine.entry(QUEUE_A, 0));
  }

  @Test
  void reset_underARunningVcpu_leavesItRunningWithoutAQueue() throws Exception {
    NativeMachine machine = withSource(ReleaseProtocol.GATED);
    CountDownLatch inside = new CountDownLatch(1);
    Future<Boolean> guest =
        threads.submit(
            () ->
                machine.a.run(
                    cpu -> {
                      inside.countDown();
                      while (true) {
                        long unusedCode = cpu.hcall(Hcall.H_CEDE);
                      }
                    },
                    NoExits.INSTANCE));
    inside.await();
    assertNotNull(machine.a.escEsb());

    for (int i = 0; i < 20; i++) {
      machine.control(XiveUapi.KVM_DEV_XIVE_RESET);
      assertNull(machine.a.escEsb());
      machine.setEq(SERVER_A, 6, EqConfig.fresh(16, QUEUE_A));
    }

    machine.a.stop();
    assertFalse(guest.get());
    assertEquals(List.of(), Lifetime.reports());
    assertEquals(List.of(), machine.vm.stuckReports());
  }

  @Test
  void release_withoutClearingTheCam_entryPushesADeadVp() throws Exception {
    NativeMachine machine = withSource(ReleaseProtocol.GATED.without(Step.CLEAR_CAM));
    machine.unmap();
    machine.file.close();

    Future<Boolean> guest =
        threads.submit(() -> machine.a.run(cpu -> cpu.compute(), NoExits.INSTANCE));

    ExecutionException failure = assertThrows(ExecutionException.class, guest::get);
    assertInstanceOf(UseAfterFree.class, failure.getCause());
  }
}
