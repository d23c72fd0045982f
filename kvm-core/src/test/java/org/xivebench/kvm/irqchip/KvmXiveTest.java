package org.xivebench.kvm.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.EasWord;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

class KvmXiveTest {
  private static final int TYPE = 9;

  private Xive hardware;
  private Vm vm;
  private KvmXive xive;

  @BeforeEach
  void structure() {
    machine(VmConfig.DEFAULT);
  }

  @AfterEach
  void forgetPlantedReports() {
    Lifetime.resetReports();
  }

  private void machine(VmConfig config) {
    hardware = new Xive.Builder().build();
    vm = new Vm(config.withMemoryBytes(1 << 20), hardware);
    xive = recycled();
  }

  private KvmXive recycled() {
    vm.lock.lock();
    try {
      return KvmXive.get(vm, TYPE);
    } finally {
      vm.lock.unlock();
    }
  }

  /** Connects a vCPU as far as target selection goes: VP enabled, a host queue at one priority. */
  private XiveVcpu connect(int id, int server, int priority) throws ErrnoException {
    Vcpu vcpu = vm.createVcpu(id);
    xive.lock.lock();
    int vp;
    try {
      vp = xive.computeVpId(server);
    } finally {
      xive.lock.unlock();
    }
    XiveVcpu xc = new XiveVcpu(xive, null, vcpu, server, vp);
    vcpu.setPresenter(xc);
    xive.host().enableVp(vp, false);
    QueuePage page = QueuePage.ofHost(12, "queue of server " + server);
    xive.host().configureQueue(vp, priority, xc.queue(priority), page, 0x1000L * vp, 12, false);
    return xc;
  }

  // ---- numbers

  @ParameterizedTest
  @CsvSource({
    "8, 0, 0",
    "8, 348, 348",
    "8, 2047, 2047",
    "8, 2048, 4",
    "8, 2392, 348",
    "8, 4096, 2",
    "8, 16383, 0",
    "8, 16384, 0",
    "8, -1, 0",
    "1, 2047, 2047",
    "1, 2048, 0",
    "4, 2048, 2",
    "4, 4096, 1"
  })
  void pack_idsOfEachStride_goWhereTheKernelPutsThem(int stride, int id, int packed) {
    machine(VmConfig.DEFAULT.withSmtMode(stride));

    assertEquals(packed, xive.pack(id));
  }

  @ParameterizedTest
  @CsvSource({
    "SEED, 2047, ok",
    "SEED, 2048, EINVAL",
    "V52, 16383, ok",
    "V52, 16384, EINVAL",
    "V55, 16383, ok",
    "V55, 16384, EINVAL",
    "V510, 2048, ok",
    "V6, 16383, ok"
  })
  void computeVpId_bound_isThatOfTheKernel(KernelVersion kernel, int server, String result)
      throws ErrnoException {
    machine(VmConfig.DEFAULT.withKernel(kernel));
    xive.lock.lock();
    try {
      if (result.equals("ok")) {
        assertEquals(xive.vpOf(server) - xive.vpOf(0), xive.computeVpId(server) - xive.vpBase());
      } else {
        ErrnoException refused = assertThrows(ErrnoException.class, () -> xive.computeVpId(server));
        assertEquals(Errno.valueOf(result), refused.errno());
        assertEquals(HostXive.INVALID_VP, xive.vpBase(), "nothing was allocated");
      }
    } finally {
      xive.lock.unlock();
    }
  }

  @Test
  void get_again_isTheSameStructureZeroed() throws ErrnoException {
    xive.addSource(xive.blockOrCreate(3000).state(3000));
    xive.allocateVpBlock(Errno.ENOSPC);

    KvmXive again = recycled();

    assertSame(xive, again);
    assertNull(again.block(3000));
    assertEquals(0, again.sourceCount());
    assertEquals(0, again.maxBlockId());
    assertEquals(HostXive.INVALID_VP, again.vpBase());
  }

  @Test
  void block_ofASource_isFoundByItsNumber() {
    SourceBlock made = xive.blockOrCreate(3000);

    assertSame(made, xive.block(2048));
    assertSame(made, xive.blockOrCreate(3071));
    assertEquals(3000, made.state(3000).number);
    assertNull(xive.block(3072));
    assertNull(xive.block(-1));
    assertEquals(2, xive.maxBlockId());
  }

  @Test
  void block_freed_cannotBeUsed() {
    SourceBlock block = xive.blockOrCreate(5);
    block.lifetime().free("test");

    assertThrows(UseAfterFree.class, () -> block.state(5));
    assertThrows(UseAfterFree.class, block::lock);
  }

  // ---- firmware

  @Test
  void configureIrq_firmwareBusy_isTriedAgain() throws ErrnoException {
    int hwIrq = xive.host().allocIrq();
    AtomicInteger calls = new AtomicInteger();
    hardware
        .opal()
        .setFaults(
            (call, argument) ->
                call == OpalCall.SET_IRQ_CONFIG && calls.incrementAndGet() < 3
                    ? OpalCode.BUSY
                    : OpalCode.SUCCESS);

    xive.host().configureIrq(hwIrq, 0, 6, 0x55);

    assertEquals(3, calls.get());
    assertEquals(0x55, EasWord.data(hardware.source(hwIrq).eas()));
  }

  @Test
  void allocVpBlock_firmwareWantsPages_getsThem() {
    AtomicInteger calls = new AtomicInteger();
    hardware
        .opal()
        .setFaults(
            (call, argument) ->
                call == OpalCall.ALLOCATE_VP_BLOCK && calls.incrementAndGet() < 3
                    ? OpalCode.XIVE_PROVISIONING
                    : OpalCode.SUCCESS);

    int base = xive.host().allocVpBlock(5);

    assertEquals(0, base % 8, "eight VPs, on their boundary");
    assertEquals(2, hardware.opal().donatedPageCount());
  }

  // ---- targets

  @Test
  void selectTarget_serverWithRoom_isTaken() throws ErrnoException {
    XiveVcpu unusedOther = connect(0, 9, 5);
    XiveVcpu asked = connect(1, 4, 5);

    assertSame(asked, xive.selectTarget(4, 5));
    assertEquals(1, asked.queue(5).count.get());
  }

  @Test
  void selectTarget_queueFull_spillsToTheFirstVcpuWithRoom() throws ErrnoException {
    XiveVcpu asked = connect(0, 9, 5);
    XiveVcpu other = connect(1, 4, 5);
    for (int i = 0; i < 1022; i++) {
      assertSame(asked, xive.selectTarget(9, 5), "1024 entries, less two");
    }

    assertSame(other, xive.selectTarget(9, 5));
  }

  @Test
  void selectTarget_noneHasTheQueue_isEbusy_andNoServerEinval() throws ErrnoException {
    XiveVcpu unusedOnly = connect(0, 9, 5);

    assertEquals(
        Errno.EBUSY, assertThrows(ErrnoException.class, () -> xive.selectTarget(9, 3)).errno());
    assertEquals(
        Errno.EINVAL, assertThrows(ErrnoException.class, () -> xive.selectTarget(8, 5)).errno());
  }

  @Test
  void targetInterrupt_again_tellsTheQueueThatItLeaves() throws ErrnoException {
    XiveVcpu first = connect(0, 9, 5);
    XiveVcpu second = connect(1, 4, 5);
    SourceState state = source(17);
    state.block().lock();
    try {
      xive.targetInterrupt(state, 9, 5);
      xive.targetInterrupt(state, 4, 5);
    } finally {
      state.block().unlock();
    }

    assertEquals(1, first.queue(5).pendingCount.get());
    assertEquals(0, second.queue(5).pendingCount.get());
    assertEquals(4, state.actServer);
    long eas = state.ipiData.eas();
    assertEquals(second.vpId() * 8 + 5, EasWord.endIndex(eas));
    assertEquals(17, EasWord.data(eas));
  }

  @Test
  void findServer_vcpuCleanedUp_isUseAfterFree() throws ErrnoException {
    XiveVcpu xc = connect(0, 9, 5);
    xc.lifetime().free("vCPU clean-up");

    assertThrows(UseAfterFree.class, () -> xive.findServer(9));
  }

  // ---- masking

  private SourceState source(int irq) throws ErrnoException {
    SourceState state = xive.blockOrCreate(irq).state(irq);
    xive.allocateIpi(state, Errno.ENXIO);
    xive.addSource(state);
    return state;
  }

  @ParameterizedTest
  @CsvSource({
    // PQ before, triggers under the mask, PQ after unmasking
    "0, 0, 0",
    "0, 1, 2",
    "0, 2, 2",
    "2, 0, 2",
    "2, 1, 3",
    "3, 0, 3"
  })
  void maskAndUnmask_triggersMeanwhile_areKept(int before, int triggers, int after)
      throws ErrnoException {
    SourceState state = source(17);
    EsbSource esb = state.ipiData;
    state.guestPriority = 5;
    esb.loadManagement(EsbOffset.SET_PQ_00 + (before << 8));
    SourceBlock block = state.block();

    assertEquals(5, block.lockAndMask(state));
    block.unlock();
    for (int i = 0; i < triggers; i++) {
      esb.trigger();
    }
    if (triggers > 0) {
      assertEquals(Pq.QUEUED, esb.pq());
    }
    block.lockForUnmask(state);
    // The kernel looks at Q of the moment of masking; what came later is in the source itself.
    xive.finishUnmask(state, 3);
    block.unlock();

    assertEquals(3, state.guestPriority);
    assertEquals(after, esb.pq());
  }

  @Test
  void lockAndMask_alreadyMasked_leavesPqAlone() throws ErrnoException {
    SourceState state = source(17);
    state.ipiData.loadManagement(EsbOffset.SET_PQ_11);

    assertEquals(SourceState.MASKED, state.block().lockAndMask(state));
    state.block().unlock();

    assertEquals(Pq.QUEUED, state.ipiData.pq());
  }

  @Test
  void lockAndMask_whileAnEoiIsAtWork_waitsForIt() throws Exception {
    SourceState state = source(17);
    state.guestPriority = 5;
    state.ipiData.loadManagement(EsbOffset.SET_PQ_10);
    state.beginEoi();
    Thread masker =
        new Thread(
            () -> {
              state.block().lockAndMask(state);
              state.block().unlock();
            });
    masker.start();

    // As H_EOI does: it saw the source unmasked, ends it, and only then lets the mask through.
    xive.sourceEoi(state.ipiData);
    state.endEoi();
    masker.join();

    assertEquals(false, state.oldP, "the mask came after the EOI");
    assertEquals(Pq.PENDING, state.ipiData.pq());
  }
}
