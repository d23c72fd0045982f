package org.xivebench.replay.vmm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.replay.vmm.CarryHistory.Step;
import org.xivebench.replay.vmm.CarryModel.Met;

/**
 * A machine is stopped at random points of a random history, its controller's state saved by
 * attributes and registers alone and restored into a new device, and goes on: the guest is
 * delivered what it would have been without. In XICS mode only where the state can be told so, see
 * {@link CarryModel#isTellable}.
 */
final class AttributeSaveTest {
  private static final int VCPUS = 2;
  private static final int SEEDS = 100;
  private static final int SAVES = 4;

  /** Returns what was under way when the state was saved. */
  private static Set<Met> check(long seed, IrqType mode) throws ErrnoException {
    try (CarryingGuest guest = new CarryingGuest(VCPUS, mode)) {
      CarryModel undisturbed = new CarryModel(guest, VCPUS, mode);
      List<Step> history = new CarryHistory(seed, VCPUS, guest.sources.size()).steps();
      Random random = new Random(~seed);
      boolean isDue = false;
      for (int i = 0; i < history.size(); i++) {
        isDue |= random.nextInt(history.size()) < SAVES;
        if (isDue && undisturbed.isTellable()) {
          isDue = false;
          undisturbed.note();
          guest.replaceDevice().restore();
        }
        history.get(i).happen(guest, undisturbed);
        assertEquals(undisturbed.log(), guest.log, mode + ", seed " + seed);
      }
      return undisturbed.met();
    }
  }

  private static void checkAll(IrqType mode, Set<Met> expected) throws ErrnoException {
    Set<Met> met = EnumSet.noneOf(Met.class);
    for (long seed = 1; seed <= SEEDS; seed++) {
      met.addAll(check(seed, mode));
    }
    assertEquals(expected, met, "what was under way when the state was saved");
  }

  @Test
  void xics_savedAtRandomPoints_goesOnAsIfNothingHadHappened() throws ErrnoException {
    checkAll(
        IrqType.XICS,
        EnumSet.of(
            Met.MASKED_AND_HELD_BACK,
            Met.MASKED_IN_SERVICE_WITH_ANOTHER_BEHIND,
            Met.MOVED_WHILE_IN_SERVICE,
            Met.LINE_UP,
            Met.MFRR,
            Met.MFRR_AND_IPI_IN_SERVICE));
  }

  /** All there is, but what only the other mode has. */
  @Test
  void xive_savedAtRandomPoints_goesOnAsIfNothingHadHappened() throws ErrnoException {
    checkAll(
        IrqType.XIVE,
        EnumSet.of(
            Met.MASKED_AND_IN_QUEUE,
            Met.MOVED_WHILE_WAITING,
            Met.MOVED_WHILE_IN_SERVICE,
            Met.TWO_EVENTS,
            Met.LINE_UP,
            Met.LINE_UP_AND_MASKED,
            Met.LINE_UP_IN_SERVICE,
            Met.TWO_IPIS));
  }

  @Test
  void xive_targetsBeforeQueues_areRefused() throws ErrnoException {
    try (CarryingGuest guest = new CarryingGuest(VCPUS, IrqType.XIVE)) {
      AttributeSave.OfXive save = (AttributeSave.OfXive) guest.replaceDevice();
      ErrnoException refused = assertThrows(ErrnoException.class, save::restoreTargets);
      assertEquals(Errno.EBUSY, refused.errno());
      save.restore();
      guest.trigger(guest.sources.get(0));
      guest.handleAll(0);
      assertEquals(List.of("0 took [" + guest.sources.get(0).number() + "]"), guest.log);
    }
  }
}
