package org.xivebench.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nobody is left asleep: vCPUs go in and out of the gate while releasers close it, wait and open
 * it, and readers pass through read sections that a writer waits for. A watchdog looks for what a
 * forgotten wake-up leaves behind: every thread that is left sleeps in a wait queue and has not
 * been woken, so that nobody is there who could wake one. That is a state, looked at with the
 * queues locked, and no delay: its verdict does not depend on how fast the machine is. Each wake-up
 * that there is is then left out, and must be missed.
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
   * Runs them to the end, or until all that are left sleep for good.
   *
   * @param queues all in which they may sleep
   * @return the names of those who sleep for good; empty if all have ended
   */
  private static String sleepers(List<Party> parties, List<WaitQueue> queues) {
    parties.forEach(Thread::start);
    while (true) {
      // Looked at in this order: who ends meanwhile only makes the sleepers fewer than the living.
      List<Party> alive = parties.stream().filter(Thread::isAlive).toList();
      if (alive.isEmpty()) {
        return "";
      }
      if (WaitQueue.sleepersIn(queues) == alive.size()) {
        return alive.stream().map(Thread::getName).sorted().collect(Collectors.joining(", "));
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static String gate(WaitQueue opened, WaitQueue outside) {
    EntryGate gate = new EntryGate("gate", opened, outside);
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
              }
            }
          });
    }
    parties.addAll(vcpus);
    parties.add(releaser);
    return sleepers(parties, List.of(opened, outside));
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
            }
          }
        };
    return sleepers(List.of(writer, reader), List.of(drained));
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
