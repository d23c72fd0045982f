package org.xivebench.replay.vmm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.replay.vmm.CarryHistory.Step;
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

  /** Modes to be in, one after the other; the history is cut at random into as many pieces. */
  private static Set<Met> check(long seed, IrqType... modes) throws ErrnoException {
    String name = List.of(modes) + ", seed " + seed;
    try (CarryingGuest guest = new CarryingGuest(VCPUS, modes[0])) {
      CarryModel model = new CarryModel(guest, VCPUS, modes[0]);
      List<Step> history = new CarryHistory(seed, VCPUS, guest.sources.size()).steps();
      int[] cuts = new Random(~seed).ints(modes.length - 1, 0, history.size()).sorted().toArray();
      int next = 0;
      for (int i = 0; i < history.size(); i++) {
        while (next < cuts.length && cuts[next] == i) {
          guest.carryTo(modes[++next]);
          model.carryTo(modes[next]);
        }
        history.get(i).happen(guest, model);
        assertEquals(model.log(), guest.log, name);
      }
      assertTrue(
          guest.log.stream().anyMatch(line -> !line.endsWith("[]")), "nothing was delivered");
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
