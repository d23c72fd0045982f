package org.xivebench.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nobody is left asleep: vCPUs go in and out of the gate while releasers close it, wait and open
 * it, and readers pass through read sections that a writer waits for. A watchdog looks for what a
 * forgotten wake-up leaves behind: a thread that is parked, without a time limit, while nobody else
 * runs who could wake it. That is a state and no delay, so its verdict does not depend on how fast
 * the machine is. Each wake-up that there is is then left out, and must be missed.
 */
@Timeout(60)
class LostWakeUpTest {
  private static final int VCPUS = 2;
  private static final int ROUNDS = 3_000;

  /** Says nothing when it should wake somebody. */
  private static final class DeafQueue extends WaitQueue {
    DeafQueue(String name) {
      super(name);
    }

    @Override
    public void wakeAll() {}
  }

  /** A thread of the test that says when it has ended. */
  private abstract static class Party extends Thread {
    Party(String name) {
      super(name);
      setDaemon(true);
    }

    /** Also says so of one that has not begun yet. */
    boolean hasMoreToDo() {
      return getState() != State.TERMINATED;
    }

    boolean isParkedForGood() {
      return getState() == State.WAITING;
    }
  }

  /** Now and then, one goes on only when somebody sleeps who has to be woken by it. */
  private static void untilOneSleeps(int round, List<Party> others) {
    if (round % 50 == 0) {
      while (others.stream().anyMatch(Party::hasMoreToDo)
          && others.stream().noneMatch(Party::isParkedForGood)) {
        Thread.onSpinWait();
      }
    }
  }

  /**
   * Runs them to the end.
   *
   * @param progress changes as they get on
   * @return the names of those who sleep for good; empty if all have ended
   */
  private static String sleepers(List<Party> parties, AtomicLong progress) {
    parties.forEach(Thread::start);
    long seen = -1;
    int quietLooks = 0;
    while (parties.stream().anyMatch(Thread::isAlive)) {
      List<Party> alive = parties.stream().filter(Thread::isAlive).toList();
      boolean allParked = alive.stream().allMatch(Party::isParkedForGood);
      long now = progress.get();
      // Who has just been woken is still seen as parked for a moment: look again, and again.
      quietLooks = allParked && now == seen ? quietLooks + 1 : 0;
      seen = now;
      if (quietLooks == 200) {
        return alive.stream().map(Thread::getName).sorted().collect(Collectors.joining(", "));
      }
      LockSupport.parkNanos(1_000_000);
    }
    return "";
  }

  private static String gate(WaitQueue opened, WaitQueue outside) {
    EntryGate gate = new EntryGate("gate", opened, outside);
    AtomicLong progress = new AtomicLong();
    List<Party> parties = new ArrayList<>();
    List<Party> vcpus = new ArrayList<>();
    Party releaser =
        new Party("releaser") {
          @Override
          public void run() {
            for (int round = 1; round <= ROUNDS; round++) {
              gate.close();
              boolean unusedAll = gate.awaitOutside(Long.MAX_VALUE);
              untilOneSleeps(round, vcpus);
              gate.open();
              long unusedCount = progress.incrementAndGet();
            }
          }
        };
    for (int i = 0; i < VCPUS; i++) {
      EntryGate.Slot slot = gate.newSlot("vcpu" + i);
      vcpus.add(
          new Party("vcpu" + i) {
            @Override
            public void run() {
              for (int round = 1; round <= ROUNDS; round++) {
                while (!gate.tryEnter(slot)) {
                  gate.awaitOpen(slot);
                }
                untilOneSleeps(round, List.of(releaser));
                gate.leave(slot);
                long unusedCount = progress.incrementAndGet();
              }
            }
          });
    }
    parties.addAll(vcpus);
    parties.add(releaser);
    return sleepers(parties, progress);
  }

  @Test
  void gate_closedAndOpened_leavesNobodyAsleep() {
    assertEquals("", gate(new WaitQueue("open"), new WaitQueue("outside")));
  }

  @Test
  void gate_thatDoesNotWakeVcpus_leavesOneAsleep() {
    assertNotEquals("", gate(new DeafQueue("open"), new WaitQueue("outside")));
  }

  @Test
  void gate_thatDoesNotWakeTheReleaser_leavesItAsleep() {
    assertNotEquals("", gate(new WaitQueue("open"), new DeafQueue("outside")));
  }

  private static String sections(WaitQueue drained) {
    ReadSections sections = new ReadSections("sections", drained);
    AtomicLong progress = new AtomicLong();
    AtomicBoolean inside = new AtomicBoolean();
    Party writer =
        new Party("writer") {
          @Override
          public void run() {
            while (!inside.get()) { // or it might have done before the reader begins
              Thread.onSpinWait();
            }
            for (int round = 1; round <= ROUNDS; round++) {
              sections.synchronize();
              long unusedCount = progress.incrementAndGet();
            }
          }
        };
    Party reader =
        new Party("reader") {
          @Override
          public void run() {
            for (int round = 1; round <= ROUNDS; round++) {
              int section = sections.enter();
              inside.set(true);
              untilOneSleeps(round, List.of(writer));
              sections.exit(section);
              long unusedCount = progress.incrementAndGet();
            }
          }
        };
    return sleepers(List.of(writer, reader), progress);
  }

  @Test
  void sections_synchronized_leaveNobodyAsleep() {
    assertEquals("", sections(new WaitQueue("drained")));
  }

  @Test
  void sections_thatDoNotWakeTheWriter_leaveItAsleep() {
    assertEquals("writer", sections(new DeafQueue("drained")));
  }
}
