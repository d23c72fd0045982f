package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.CarriedSource.Event;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.device.InterruptState.CarriedIpi;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.Pq;

/**
 * Interrupt state is carried from one device to the next such that the guest does not notice:
 * random histories with changes of device between, beside a model that counts what has to come.
 */
class XicsStateCarrierTest {
  private static final int FIRST_MSI = 0x1300;
  private static final int FIRST_LSI = 0x1200;
  private static final int MSIS = 5;
  private static final int LSIS = 2;
  private static final int CPUS = 2;
  private static final int IPI_PRIORITY = 4;
  private static final int IPI = 2;

  /** A source as guest and model see it. */
  private static final class Source {
    final int number;
    final boolean lsi;
    final int priority;
    int server;
    boolean masked;
    boolean asserted;

    /** Triggered and not ended yet, and once more. */
    boolean p;

    boolean q;
    int due;
    int delivered;

    Source(int number, boolean lsi, int server, int priority) {
      this.number = number;
      this.lsi = lsi;
      this.server = server;
      this.priority = priority;
    }

    void trigger() {
      if (masked ? q : p && q) {
        return; // one with an earlier one
      }
      due++;
      if (masked || p) {
        q = true;
      } else {
        p = true;
      }
    }

    void end() {
      p = !masked && q;
      q = masked && q;
    }

    void unmask() {
      masked = false;
      if (!p) {
        end();
      }
    }
  }

  /** A guest with a plain interrupt driver: nested handlers, IPIs, masking and affinity. */
  private static final class Guest implements GuestContext {
    final XicsMachine machine;
    final Random random;
    final List<Source> sources = new ArrayList<>();
    final List<Deque<Long>> handlers = new ArrayList<>();
    final boolean[] ipiAsked = new boolean[CPUS];
    final int[] ipisDue = new int[CPUS];
    final int[] ipisDelivered = new int[CPUS];

    Guest(long seed) throws ErrnoException {
      machine = new XicsMachine(CPUS);
      random = new Random(seed);
      for (int i = 0; i < LSIS; i++) {
        sources.add(new Source(FIRST_LSI + i, true, i % CPUS, 3 + i));
      }
      for (int i = 0; i < MSIS; i++) {
        sources.add(new Source(FIRST_MSI + i, false, i % CPUS, 1 + i));
      }
      for (Source source : sources) {
        machine.addSource(source.number, source.lsi);
        machine.device().setXive(source.number, source.server, source.priority);
      }
      for (int i = 0; i < CPUS; i++) {
        handlers.add(new ArrayDeque<>());
      }
      machine.inGuest(
          cpus -> {
            for (GuestCpu cpu : cpus) {
              cpu.hcall(Hcall.H_CPPR, 0xff);
            }
          });
    }

    Source source(int number) {
      return sources.stream().filter(s -> s.number == number).findFirst().orElseThrow();
    }

    // ---- what it does

    void step(GuestCpu[] cpus) throws ErrnoException {
      GuestCpu cpu = cpus[random.nextInt(CPUS)];
      Source source = sources.get(random.nextInt(sources.size()));
      switch (random.nextInt(10)) {
        case 0, 1 -> {
          if (!source.lsi) {
            machine.vm.irqLine(source.number, 1);
            source.trigger();
          } else {
            source.asserted = !source.asserted;
            machine.vm.irqLine(source.number, source.asserted ? 1 : 0);
          }
        }
        case 2 -> {
          int target = random.nextInt(CPUS);
          cpu.hcall(Hcall.H_IPI, target, IPI_PRIORITY);
          if (!ipiAsked[target]) {
            ipiAsked[target] = true;
            ipisDue[target]++;
          }
        }
        case 3, 4, 5 -> take(cpu);
        case 6, 7, 8 -> end(cpu);
        default -> {
          if (random.nextBoolean()) {
            RtasService service = source.masked ? RtasService.INT_ON : RtasService.INT_OFF;
            assertEquals(0, XicsMachine.rtas(cpu, service, source.number)[0]);
            if (source.masked) {
              source.unmask();
            } else {
              source.masked = true;
            }
          } else if (!source.lsi) {
            source.server = random.nextInt(CPUS);
            setXive(cpu, source);
          }
        }
      }
    }

    void setXive(GuestCpu cpu, Source source) {
      int[] status =
          XicsMachine.rtas(
              cpu, RtasService.SET_XIVE, source.number, source.server, source.priority);
      assertEquals(0, status[0]);
      source.unmask();
    }

    void take(GuestCpu cpu) {
      if (!cpu.externalInterrupt()) {
        return;
      }
      long xirr = XicsMachine.xirr(cpu);
      int irq = (int) xirr & 0xffffff;
      if (irq == 0) {
        return; // spurious
      }
      int server = cpu.vcpu().id();
      handlers.get(server).push(xirr);
      if (irq == IPI) {
        ipisDelivered[server]++;
        ipiAsked[server] = false;
        cpu.hcall(Hcall.H_IPI, server, 0xff);
      } else {
        source(irq).delivered++;
      }
    }

    void end(GuestCpu cpu) {
      Deque<Long> stack = handlers.get(cpu.vcpu().id());
      if (!stack.isEmpty()) {
        long xirr = stack.pop();
        int irq = (int) xirr & 0xffffff;
        if (irq != IPI) {
          source(irq).end();
        }
        assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_EOI, xirr));
      }
    }

    /** Ends everything: all unmasked, levels seen to come again, then down. */
    void drain(GuestCpu[] cpus) throws ErrnoException {
      for (Source source : sources) {
        if (source.masked) {
          XicsMachine.rtas(cpus[0], RtasService.INT_ON, source.number);
          source.unmask();
        }
      }
      int[] before = sources.stream().mapToInt(s -> s.delivered).toArray();
      handle(cpus);
      for (int i = 0; i < before.length; i++) {
        Source source = sources.get(i);
        if (source.asserted) {
          assertTrue(source.delivered > before[i], "level of " + source.number + " is lost");
          source.asserted = false;
          machine.vm.irqLine(source.number, 0);
        }
      }
      handle(cpus);
    }

    private void handle(GuestCpu[] cpus) {
      for (int i = 0; i < 40; i++) {
        for (GuestCpu cpu : cpus) {
          end(cpu);
        }
        for (GuestCpu cpu : cpus) {
          take(cpu);
        }
      }
      for (int i = 0; i < 10; i++) {
        for (GuestCpu cpu : cpus) {
          end(cpu);
        }
      }
    }

    void checkNothingIsLeft(GuestCpu[] cpus, String seed) {
      for (Source source : sources) {
        assertEquals(Pq.RESET, machine.pq(source.number), seed + " " + source.number);
        if (!source.lsi) {
          assertEquals(source.due, source.delivered, seed + " " + source.number);
        }
      }
      for (int i = 0; i < CPUS; i++) {
        assertEquals(ipisDue[i], ipisDelivered[i], seed + " IPIs of " + i);
        assertFalse(cpus[i].externalInterrupt(), seed);
      }
    }

    // ---- change of device

    InterruptState capture() throws ErrnoException {
      return machine.file.device().deviceType().carrier().capture(machine.vm, machine.file, this);
    }

    void changeDevice() throws ErrnoException {
      InterruptState state = capture();
      for (Source source : sources) {
        if (source.masked && source.p && !source.q && !isInService(source.number)) {
          // It waited in a queue, and is held back by the mask from now on.
          source.p = false;
          source.q = true;
        }
      }
      machine.file.close();
      machine.create();
      for (int i = 0; i < CPUS; i++) {
        machine.connect(i);
      }
      for (Source source : sources) {
        machine.addSource(source.number, source.lsi);
      }
      machine.file.device().deviceType().carrier().restore(machine.vm, machine.file, this, state);
    }

    @Override
    public List<GuestSource> sources() {
      return sources.stream()
          .map(
              s ->
                  new GuestSource(
                      s.number, s.lsi, s.asserted, s.masked, s.server, s.priority, s.number))
          .toList();
    }

    @Override
    public int[] servers() {
      return new int[] {0, 1};
    }

    @Override
    public int ipiSource(int server) {
      return server;
    }

    @Override
    public int ipiPriority(IrqType mode) {
      return IPI_PRIORITY;
    }

    @Override
    public int translatePriority(IrqType from, IrqType to, int priority) {
      return priority;
    }

    @Override
    public boolean isInService(int source) {
      return handlers.stream().anyMatch(h -> h.stream().anyMatch(x -> (x & 0xffffff) == source));
    }

    @Override
    public boolean isIpiInService(int server) {
      return handlers.get(server).stream().anyMatch(x -> (x & 0xffffff) == IPI);
    }

    @Override
    public int cppr(int server, IrqType mode) {
      Long xirr = handlers.get(server).peek();
      if (xirr == null) {
        return 0xff;
      }
      int irq = (int) (xirr & 0xffffff);
      return irq == IPI ? IPI_PRIORITY : source(irq).priority;
    }

    @Override
    public EventQueue eventQueue(int server) {
      throw new AssertionError("not in XIVE mode");
    }

    @Override
    public void forEachUnread(int server, IntConsumer eisn) {
      throw new AssertionError("not in XIVE mode");
    }

    @Override
    public void enterMode(IrqType mode) {
      throw new AssertionError("the mode stays");
    }
  }

  @Test
  void randomHistories_acrossDevices_loseAndInventNothing() throws ErrnoException {
    for (long seed = 0; seed < 200; seed++) {
      runHistory(seed);
    }
  }

  @Test
  @Tag("long")
  void tenThousandRandomHistories_acrossDevices_loseAndInventNothing() throws ErrnoException {
    for (long seed = 1_000; seed < 11_000; seed++) {
      runHistory(seed);
    }
  }

  private static void runHistory(long seed) throws ErrnoException {
    String name = "seed " + seed;
    Guest guest = new Guest(seed);
    for (int segment = 0; segment < 6; segment++) {
      int steps = guest.random.nextInt(40);
      guest.machine.inGuest(
          cpus -> {
            for (int i = 0; i < steps; i++) {
              guest.step(cpus);
            }
          });
      for (CarriedSource source : guest.capture().sources()) {
        assertFalse(source.event() == Event.LOST, name + " " + source);
      }
      guest.changeDevice();
    }
    guest.machine.inGuest(
        cpus -> {
          guest.drain(cpus);
          guest.checkNothingIsLeft(cpus, name);
        });
    guest.machine.close();
    assertEquals(0, guest.machine.host.opal().allocatedIrqCount(), name);
  }

  @Test
  void capture_changesNothing() throws ErrnoException {
    for (long seed = 0; seed < 20; seed++) {
      Guest guest = new Guest(seed);
      for (int segment = 0; segment < 10; segment++) {
        guest.machine.inGuest(
            cpus -> {
              for (int i = 0; i < 20; i++) {
                guest.step(cpus);
              }
            });
        assertEquals(guest.capture(), guest.capture(), "seed " + seed);
      }
      String name = "seed " + seed;
      guest.machine.inGuest(
          cpus -> {
            guest.drain(cpus);
            guest.checkNothingIsLeft(cpus, name);
          });
      guest.machine.close();
    }
  }

  @Test
  void capture_eachStage_isToldApart() throws ErrnoException {
    Guest guest = new Guest(1);
    Source msi = guest.source(FIRST_MSI + 1);
    guest.machine.vm.irqLine(msi.number, 1);
    assertEquals(Event.WAITING, eventOf(guest, msi).event());
    guest.machine.vm.irqLine(msi.number, 1);
    assertTrue(eventOf(guest, msi).queued());
    guest.machine.inGuest(cpus -> guest.take(cpus[1]));
    assertEquals(Event.IN_SERVICE, eventOf(guest, msi).event());
    assertTrue(eventOf(guest, msi).queued());
    guest.handlers.get(1).clear();
    assertEquals(Event.LOST, eventOf(guest, msi).event(), "nobody handles it");
    guest.machine.inGuest(cpus -> cpus[0].hcall(Hcall.H_IPI, 1, IPI_PRIORITY));
    assertEquals(new CarriedIpi(1, Event.WAITING, false), guest.capture().ipis().get(1));
    assertEquals(new CarriedIpi(0, Event.NONE, false), guest.capture().ipis().get(0));
    guest.machine.close();
  }

  @Test
  void restore_fromAModeThatQueuesMore_keepsBothEvents() throws ErrnoException {
    Guest guest = new Guest(1);
    Source msi = guest.source(FIRST_MSI + 1);
    List<CarriedSource> sources = new ArrayList<>(guest.capture().sources());
    int at = sources.indexOf(eventOf(guest, msi));
    sources.set(
        at,
        new CarriedSource(
            msi.number, false, false, true, msi.server, msi.priority, Event.WAITING, true));
    msi.masked = true;
    List<CarriedIpi> ipis =
        List.of(new CarriedIpi(0, Event.NONE, false), new CarriedIpi(1, Event.IN_SERVICE, true));
    guest
        .machine
        .device()
        .deviceType()
        .carrier()
        .restore(
            guest.machine.vm,
            guest.machine.file,
            guest,
            new InterruptState(IrqType.XIVE, sources, ipis));
    msi.due = 2;
    msi.p = true;
    msi.q = true;
    guest.ipisDue[1] = 1;
    guest.machine.inGuest(
        cpus -> {
          guest.drain(cpus);
          guest.checkNothingIsLeft(cpus, "restored");
        });
    guest.machine.close();
  }

  private static CarriedSource eventOf(Guest guest, Source source) throws ErrnoException {
    return guest.capture().sources().stream()
        .filter(s -> s.number() == source.number)
        .findFirst()
        .orElseThrow();
  }
}
