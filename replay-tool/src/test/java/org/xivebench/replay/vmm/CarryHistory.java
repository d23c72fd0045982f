package org.xivebench.replay.vmm;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.xivebench.kvm.ErrnoException;

/**
 * A random history of a guest and its devices, the same for every run of a seed. At its end
 * everything is unmasked and handled.
 */
final class CarryHistory {
  private static final int STEPS = 40;

  /** One thing that happens. */
  record Step(OnGuest guest, Consumer<CarryModel> model) {
    interface OnGuest {
      void accept(CarryingGuest guest) throws ErrnoException;
    }

    void happen(CarryingGuest to, CarryModel and) throws ErrnoException {
      guest.accept(to);
      model.accept(and);
    }
  }

  private final Random random;
  private final List<Step> steps = new ArrayList<>();
  private final boolean[] masked;
  private final int vcpus;

  /**
   * @param sources how many the guest has
   */
  CarryHistory(long seed, int vcpus, int sources) {
    this.vcpus = vcpus;
    random = new Random(seed);
    masked = new boolean[sources];
    for (int i = 0; i < STEPS; i++) {
      add(random.nextInt(vcpus), random.nextInt(sources));
    }
    for (int i = 0; i < sources; i++) {
      if (masked[i]) {
        changeMask(i);
      }
    }
    for (int round = 0; round < vcpus; round++) { // what is sent on goes to the other
      for (int cpu = 0; cpu < vcpus; cpu++) {
        handleAll(cpu);
      }
    }
  }

  List<Step> steps() {
    return steps;
  }

  private void add(int cpu, int index) {
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> steps.add(event(index));
      case 3 -> steps.add(ipi(cpu, random.nextInt(vcpus)));
      case 4 -> handleAll(cpu);
      case 5 -> hold(cpu, random.nextInt(4) == 0 ? ipi(cpu, cpu) : event(index));
      case 6 -> changeMask(index);
      default ->
          add(guest -> guest.move(guest.sources.get(index), cpu), model -> model.move(index, cpu));
    }
  }

  private void add(Step.OnGuest guest, Consumer<CarryModel> model) {
    steps.add(new Step(guest, model));
  }

  private static Step event(int index) {
    return new Step(
        guest -> guest.trigger(guest.sources.get(index)), model -> model.trigger(index));
  }

  private static Step ipi(int from, int to) {
    return new Step(guest -> guest.sendIpi(from, to), model -> model.sendIpi(to));
  }

  /** With nothing else due, something comes, and the guest is slow to end it. */
  private void hold(int cpu, Step comes) {
    add(
        guest -> {
          guest.handleAll(cpu);
          comes.guest().accept(guest);
          guest.hold(cpu);
        },
        model -> {
          model.handleAll(cpu);
          comes.model().accept(model);
          model.hold(cpu);
        });
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
