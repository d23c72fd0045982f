package org.xivebench.replay.vmm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.replay.vmm.CarryModel.Met;

/**
 * Random histories of a guest, run on each backend without interruption, and with the interrupt
 * state carried to a new device at random points: of the same backend, and to the other and back.
 * Sources are masked with events under way and while they are masked, moved to another server with
 * an event waiting, level sources have their lines up, and IPIs wait, also two of them. What the
 * guest is delivered, and where, is what {@link CarryModel} says: it names what the two modes do
 * otherwise by their nature, and what no attribute of the devices can say.
 */
final class StateCarryTest {
  private static final int VCPUS = 2;
  private static final int STEPS = 40;

  /** One thing that happens, to the guest and to the model. */
  private record Step(OnGuest guest, Consumer<CarryModel> model) {
    interface OnGuest {
      void accept(CarryingGuest guest) throws ErrnoException;
    }
  }

  /** Makes the same history from a seed for every run. */
  private static final class History {
    private final Random random;
    private final List<Step> steps = new ArrayList<>();
    private final boolean[] masked;

    History(long seed, int sources) {
      random = new Random(seed);
      masked = new boolean[sources];
      for (int i = 0; i < STEPS; i++) {
        add(random.nextInt(VCPUS), random.nextInt(sources));
      }
      for (int i = 0; i < sources; i++) {
        if (masked[i]) {
          changeMask(i);
        }
      }
      for (int round = 0; round < VCPUS; round++) { // what is sent on goes to the other
        for (int cpu = 0; cpu < VCPUS; cpu++) {
          handleAll(cpu);
        }
      }
    }

    private void add(int cpu, int index) {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> trigger(index);
        case 3 -> sendIpi(cpu, random.nextInt(VCPUS));
        case 4 -> handleAll(cpu);
        case 5 -> {
          // With nothing else due, an event comes, and the guest is slow to end it.
          handleAll(cpu);
          if (random.nextInt(4) == 0) {
            sendIpi(cpu, cpu);
          } else {
            trigger(index);
          }
          add(guest -> guest.hold(cpu), model -> model.hold(cpu));
        }
        case 6 -> changeMask(index);
        default ->
            add(
                guest -> guest.move(guest.sources.get(index), cpu),
                model -> model.move(index, cpu));
      }
    }

    private void add(Step.OnGuest guest, Consumer<CarryModel> model) {
      steps.add(new Step(guest, model));
    }

    private void trigger(int index) {
      add(guest -> guest.trigger(guest.sources.get(index)), model -> model.trigger(index));
    }

    private void sendIpi(int from, int to) {
      add(guest -> guest.sendIpi(from, to), model -> model.sendIpi(to));
    }

    private void handleAll(int cpu) {
      add(guest -> guest.handleAll(cpu), model -> model.handleAll(cpu));
    }

    private void changeMask(int index) {
      masked[index] = !masked[index];
      if (masked[index]) {
        add(guest -> guest.mask(guest.sources.get(index)), model -> model.mask(index));
      } else {
        add(guest -> guest.unmask(guest.sources.get(index)), model -> model.unmask(index));
      }
    }
  }

  /** Modes to be in, one after the other; the history is cut at random into as many pieces. */
  private static Set<Met> check(long seed, IrqType... modes) throws ErrnoException {
    String name = List.of(modes) + ", seed " + seed;
    try (CarryingGuest guest = new CarryingGuest(VCPUS, modes[0])) {
      CarryModel model = new CarryModel(guest, VCPUS, modes[0]);
      History history = new History(seed, guest.sources.size());
      int[] cuts =
          new Random(~seed).ints(modes.length - 1, 0, history.steps.size()).sorted().toArray();
      int next = 0;
      for (int i = 0; i < history.steps.size(); i++) {
        while (next < cuts.length && cuts[next] == i) {
          guest.carryTo(modes[++next]);
          model.carryTo(modes[next]);
        }
        history.steps.get(i).guest().accept(guest);
        history.steps.get(i).model().accept(model);
        assertEquals(model.log(), guest.log, name);
      }
      assertTrue(guest.log.stream().anyMatch(line -> !line.endsWith("[]")), "nothing was delivered");
      return model.met();
    }
  }

  private static void check(long firstSeed, long lastSeed) throws ErrnoException {
    Set<Met> met = EnumSet.noneOf(Met.class);
    for (long seed = firstSeed; seed <= lastSeed; seed++) {
      Set<Met> unusedNone = check(seed, IrqType.XIVE);
      unusedNone = check(seed, IrqType.XICS);
      met.addAll(check(seed, IrqType.XIVE, IrqType.XIVE, IrqType.XIVE));
      met.addAll(check(seed, IrqType.XICS, IrqType.XICS, IrqType.XICS));
      met.addAll(check(seed, IrqType.XIVE, IrqType.XICS, IrqType.XIVE));
      met.addAll(check(seed, IrqType.XICS, IrqType.XIVE, IrqType.XICS));
    }
    assertEquals(EnumSet.allOf(Met.class), met, "what the histories had under way when carried");
  }

  @Test
  void randomHistories_carriedAtRandomPoints_goOnAsIfNothingHadHappened() throws ErrnoException {
    check(1, 100);
  }

  @Test
  @Tag("long")
  void tenThousandRandomHistories_goOnAsIfNothingHadHappened() throws ErrnoException {
    check(1, 10_000);
  }
}
