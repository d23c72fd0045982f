package org.xivebench.replay.vmm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.replay.vmm.CarryingGuest.Source;

/**
 * Random histories of a guest, run without interruption on each backend, and with the interrupt
 * state carried to a new device at random points: of the same backend, and to the other and back.
 * What the guest is delivered after each point has to be the same in all of them.
 *
 * <p>What the two modes answer differently by their nature is left out of the histories: events of
 * a masked source, a change of target or mask with an event waiting, two IPIs before one is taken.
 */
final class StateCarryTest {
  private static final int VCPUS = 2;
  private static final int STEPS = 40;

  /** One thing that happens, the same in every run. */
  private interface Step {
    void on(CarryingGuest guest) throws ErrnoException;
  }

  /**
   * Makes a history from a seed. What it may do next depends on what the guest has been doing,
   * which does not depend on the mode: only on the steps.
   */
  private static final class History {
    private final Random random;
    private final List<Step> steps = new ArrayList<>();
    private final boolean[] masked;
    private final int[] server;
    private final boolean[] waits;
    private final boolean[] holds = new boolean[VCPUS];
    private final boolean[] ipiWaits = new boolean[VCPUS];

    History(long seed, int sources) {
      random = new Random(seed);
      masked = new boolean[sources];
      waits = new boolean[sources];
      server = new int[sources];
      for (int i = 0; i < sources; i++) {
        server[i] = i % VCPUS;
      }
      for (int i = 0; i < STEPS; i++) {
        add();
      }
      for (int cpu = 0; cpu < VCPUS; cpu++) {
        handleAll(cpu);
      }
    }

    private void add() {
      int cpu = random.nextInt(VCPUS);
      int index = random.nextInt(masked.length);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> trigger(index);
        case 3 -> sendIpi(cpu, random.nextInt(VCPUS));
        case 4 -> handleAll(cpu);
        case 5 -> hold(index);
        case 6 -> changeMask(index);
        default -> move(index, cpu);
      }
    }

    private void trigger(int index) {
      if (!masked[index]) {
        waits[index] = true;
        steps.add(guest -> guest.trigger(guest.sources.get(index)));
      }
    }

    private void sendIpi(int from, int to) {
      if (!ipiWaits[to]) {
        ipiWaits[to] = true;
        steps.add(guest -> guest.sendIpi(from, to));
      }
    }

    private void handleAll(int cpu) {
      holds[cpu] = false;
      ipiWaits[cpu] = false;
      for (int i = 0; i < waits.length; i++) {
        waits[i] &= server[i] != cpu;
      }
      steps.add(guest -> guest.handleAll(cpu));
    }

    /** With nothing else due, an event comes, and the guest is slow to end it. */
    private void hold(int index) {
      if (!masked[index]) {
        int cpu = server[index];
        handleAll(cpu);
        trigger(index);
        holds[cpu] = true;
        steps.add(guest -> guest.hold(cpu));
      }
    }

    private boolean isIdle(int index) {
      return !waits[index] && !holds[server[index]];
    }

    private void changeMask(int index) {
      if (isIdle(index)) {
        masked[index] = !masked[index];
        boolean mask = masked[index];
        steps.add(
            guest -> {
              Source source = guest.sources.get(index);
              if (mask) {
                guest.mask(source);
              } else {
                guest.unmask(source);
              }
            });
      }
    }

    private void move(int index, int cpu) {
      if (isIdle(index) && !masked[index]) {
        server[index] = cpu;
        steps.add(guest -> guest.route(guest.sources.get(index), cpu));
      }
    }
  }

  /** Modes to be in, one after the other; the history is cut at random into as many pieces. */
  private static List<String> run(long seed, IrqType... modes) throws ErrnoException {
    try (CarryingGuest guest = new CarryingGuest(VCPUS, modes[0])) {
      History history = new History(seed, guest.sources.size());
      int[] cuts =
          new Random(~seed).ints(modes.length - 1, 0, history.steps.size()).sorted().toArray();
      int next = 0;
      for (int i = 0; i < history.steps.size(); i++) {
        while (next < cuts.length && cuts[next] == i) {
          guest.carryTo(modes[++next]);
        }
        history.steps.get(i).on(guest);
      }
      return guest.log;
    }
  }

  private static void check(long seed) throws ErrnoException {
    List<String> native1 = run(seed, IrqType.XIVE);
    assertTrue(native1.stream().anyMatch(line -> !line.endsWith("[]")), "nothing was delivered");
    assertEquals(native1, run(seed, IrqType.XICS), () -> "XICS, seed " + seed);
    assertSame(native1, seed, IrqType.XIVE, IrqType.XIVE, IrqType.XIVE);
    assertSame(native1, seed, IrqType.XICS, IrqType.XICS, IrqType.XICS);
    assertSame(native1, seed, IrqType.XIVE, IrqType.XICS, IrqType.XIVE);
    assertSame(native1, seed, IrqType.XICS, IrqType.XIVE, IrqType.XICS);
  }

  private static void assertSame(List<String> uninterrupted, long seed, IrqType... modes)
      throws ErrnoException {
    assertEquals(uninterrupted, run(seed, modes), () -> List.of(modes) + ", seed " + seed);
  }

  @Test
  void randomHistories_carriedAtRandomPoints_goOnAsIfNothingHadHappened() throws ErrnoException {
    for (long seed = 1; seed <= 200; seed++) {
      check(seed);
    }
  }

  @Test
  @Tag("long")
  void tenThousandRandomHistories_goOnAsIfNothingHadHappened() throws ErrnoException {
    for (long seed = 1; seed <= 10_000; seed++) {
      check(seed);
    }
  }
}
