package org.xivebench.kvm.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntConsumer;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.ExitHandler;
import org.xivebench.kvm.FakeDevice;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.ModeChange;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.xive.Xive;

@Timeout(30)
class SwapperTest {
  @TempDir Path folder;

  private final FakeDevice.Type xive = new FakeDevice.Type("xive-native", IrqType.XIVE);
  private final FakeDevice.Type xics = new FakeDevice.Type("xics-on-xive", IrqType.XICS);
  private Vm vm;
  private Vcpu vcpu;
  private Client client;
  private Swapper swapper;

  @BeforeEach
  void machine() throws ErrnoException {
    vm = new Vm(VmConfig.DEFAULT, new Xive.Builder().build());
    vcpu = vm.createVcpu(0);
    client = new Client(vm);
    swapper = new Swapper(vm, client, SwapObserver.NONE);
  }

  @Test
  void swapTo_otherType_carriesTheStateAndReopens() throws SwapException {
    assertNull(swapper.swapTo(xive).from());

    SwapReport report = swapper.swapTo(xics);

    assertEquals("xive-native", report.from());
    assertEquals("xics-on-xive", report.to());
    assertEquals(EnumSet.allOf(SwapStep.class), report.stepNanos().keySet());
    assertTrue(xive.calls.contains("capture"));
    assertTrue(xics.calls.contains("restore from XIVE"), xics.calls.toString());
    assertEquals(IrqType.XICS, vcpu.irqType());
    assertFalse(vm.gate().isClosed());
    assertFalse(vm.isDetached());
  }

  @Test
  void swapTo_injectedMeanwhile_isFlushedInOrder() throws SwapException {
    SwapReport unusedFirst = swapper.swapTo(xive);
    Swapper injecting =
        new Swapper(
            vm,
            client,
            new SwapObserver() {
              @Override
              public void before(SwapStep step) {
                if (step == SwapStep.CAPTURE) {
                  inject(30);
                } else if (step == SwapStep.RESTORE) {
                  inject(31);
                }
              }
            });

    SwapReport report = injecting.swapTo(xics);

    assertEquals(2, report.heldInterrupts());
    List<String> injected = xics.calls.stream().filter(call -> call.startsWith("setIrq")).toList();
    assertEquals(List.of("setIrq 30=1", "setIrq 31=1"), injected);
    assertTrue(xive.calls.stream().noneMatch(call -> call.startsWith("setIrq")));
  }

  @Test
  void swapTo_captureFails_leavesTheOldControllerRunning() throws SwapException {
    SwapReport unusedFirst = swapper.swapTo(xive);
    xive.failing = "capture";

    SwapException failure = assertThrows(SwapException.class, () -> swapper.swapTo(xics));

    assertEquals(SwapException.Condition.UNCHANGED, failure.condition());
    assertEquals(IrqType.XIVE, vcpu.irqType());
    assertFalse(vm.gate().isClosed());
    inject(20);
    assertTrue(xive.calls.contains("setIrq 20=1"));
  }

  @Test
  void swapTo_createFails_detachesAndTheNextSwapAttaches() throws SwapException {
    SwapReport unusedFirst = swapper.swapTo(xive);
    xics.failing = "create";

    SwapException failure = assertThrows(SwapException.class, () -> swapper.swapTo(xics));

    assertEquals(SwapException.Condition.DETACHED, failure.condition());
    assertTrue(vm.isDetached());
    assertFalse(vm.gate().isClosed());
    inject(21);
    assertEquals(1, vm.injection().held().size());

    SwapReport back = swapper.swapTo(xive);
    assertEquals(1, back.heldInterrupts());
    assertTrue(xive.calls.contains("restore from XIVE"));
    assertTrue(xive.calls.contains("setIrq 21=1"));
  }

  @Test
  void swapTo_restoreFails_takesTheHalfRestoredDeviceOutAgain() throws SwapException {
    SwapReport unusedFirst = swapper.swapTo(xive);
    xics.failing = "restore from XIVE";

    assertThrows(SwapException.class, () -> swapper.swapTo(xics));

    assertNull(client.file());
    assertNull(vm.irqchip());
    assertTrue(vm.isDetached());
  }

  @Test
  void swapTo_fails_isInAFlightRecording() throws SwapException, IOException {
    SwapReport unusedFirst = swapper.swapTo(xive);
    xics.failing = "create";
    try (Recording recording = new Recording()) {
      recording.enable("org.xivebench.SwapFailure");
      recording.start();
      SwapException failure = assertThrows(SwapException.class, () -> swapper.swapTo(xics));
      Path file = folder.resolve("swap.jfr");
      recording.dump(file);

      List<RecordedEvent> events =
          RecordingFile.readAllEvents(file).stream()
              .filter(event -> event.getEventType().getName().equals("org.xivebench.SwapFailure"))
              .toList();
      assertEquals(1, events.size());
      RecordedEvent event = events.get(0);
      assertEquals(xive.name(), event.getString("from"));
      assertEquals(xics.name(), event.getString("to"));
      assertEquals(SwapStep.RESTORE.label(), event.getString("step"));
      assertEquals("DETACHED", event.getString("condition"));
      assertEquals(failure.getMessage(), event.getString("what"));
    }
  }

  @Test
  void detach_vcpuRunning_waitsAtItsFirstAccessUntilAttached()
      throws SwapException, InterruptedException {
    SwapReport unusedFirst = swapper.swapTo(xive);
    SwapReport out = swapper.detach();
    assertNull(out.to());

    CountDownLatch computed = new CountDownLatch(1);
    CountDownLatch accessed = new CountDownLatch(1);
    Thread runner =
        new Thread("vcpu0") {
          @Override
          public void run() {
            boolean unusedEnded =
                vcpu.run(
                    cpu -> {
                      cpu.compute();
                      computed.countDown();
                      boolean unusedLine = cpu.externalInterrupt();
                      accessed.countDown();
                    },
                    new NoExits());
          }
        };
    runner.start();
    computed.await();
    assertEquals(1, accessed.getCount());

    SwapReport unusedBack = swapper.swapTo(xics);
    accessed.await();
    runner.join();
  }

  @Test
  void guest_expectingAMode_isToldOfTheChange() throws SwapException, InterruptedException {
    SwapReport unusedFirst = swapper.swapTo(xive);
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(1);
    Thread runner =
        new Thread("vcpu0") {
          @Override
          public void run() {
            boolean unusedEnded =
                vcpu.run(
                    cpu -> {
                      IrqType unusedMode = cpu.expect(IrqType.XIVE);
                      running.countDown();
                      try {
                        while (true) {
                          cpu.compute();
                        }
                      } catch (ModeChange change) {
                        told.countDown();
                      }
                    },
                    new NoExits());
          }
        };
    runner.start();
    running.await();

    SwapReport unusedSwap = swapper.swapTo(xics);

    told.await();
    runner.join();
  }

  private void inject(int irq) {
    try {
      assertEquals(0, vm.irqLine(irq, 1));
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  private static final class NoExits implements ExitHandler {
    @Override
    public long hypercall(Vcpu vcpu, int opcode) {
      throw new AssertionError("no exits here");
    }

    @Override
    public long rtas(Vcpu vcpu, int token, int[] arguments, int[] returns) {
      throw new AssertionError("no exits here");
    }

    @Override
    public long mmioLoad(Vcpu vcpu, MmioSpace space, int page, int offset, int size) {
      throw new AssertionError("no exits here");
    }

    @Override
    public void mmioStore(Vcpu vcpu, MmioSpace space, int page, int offset, int size, long value) {
      throw new AssertionError("no exits here");
    }
  }

  private static final class Client implements SwapClient {
    private final Vm vm;
    private DeviceFile file;

    Client(Vm vm) {
      this.vm = vm;
    }

    @Override
    public DeviceFile file() {
      return file;
    }

    @Override
    public void disconnect() {
      DeviceFile old = file;
      file = null;
      old.close();
    }

    @Override
    public DeviceFile connect(DeviceType type) throws ErrnoException {
      file = vm.createDevice(type);
      for (Vcpu vcpu : vm.vcpus()) {
        file.connect(vcpu, type.connectCapability(), vcpu.id());
      }
      return file;
    }

    @Override
    public GuestContext guest() {
      return new NoGuest();
    }
  }

  private static final class NoGuest implements GuestContext {
    @Override
    public List<GuestSource> sources() {
      return List.of();
    }

    @Override
    public int[] servers() {
      return new int[] {0};
    }

    @Override
    public int ipiSource(int server) {
      return server;
    }

    @Override
    public int ipiPriority(IrqType mode) {
      return 4;
    }

    @Override
    public int translatePriority(IrqType from, IrqType to, int priority) {
      return priority;
    }

    @Override
    public boolean isInService(int source) {
      return false;
    }

    @Override
    public boolean isIpiInService(int server) {
      return false;
    }

    @Override
    public int cppr(int server, IrqType mode) {
      return 0xff;
    }

    @Override
    public EventQueue eventQueue(int server) {
      return new EventQueue(6, 0x10000, 16);
    }

    @Override
    public void forEachUnread(int server, IntConsumer eisn) {}

    @Override
    public void enterMode(IrqType mode) {}
  }
}
