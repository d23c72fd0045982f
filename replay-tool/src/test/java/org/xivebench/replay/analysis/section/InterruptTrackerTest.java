package org.xivebench.replay.analysis.section;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xivebench.replay.analysis.section.InterruptTracker.Again;
import org.xivebench.replay.analysis.section.InterruptTracker.Tally;

/** A source remembers one trigger beside the one that is pending: P and Q. */
class InterruptTrackerTest {
  private final List<String> ended = new ArrayList<>();
  private final InterruptTracker tracker =
      new InterruptTracker(
          (source, vcpu, priority, trigger, delivered, end) ->
              ended.add(
                  source
                      + "@"
                      + vcpu
                      + " p"
                      + priority
                      + " "
                      + trigger
                      + ">"
                      + (delivered == Long.MIN_VALUE ? "?" : delivered)
                      + ">"
                      + end));

  private Tally tally() {
    return tracker.takeTallies().get(0);
  }

  @Test
  void interrupt_isFollowedFromTriggerOverDeliveryToItsEnd() {
    tracker.trigger(7, 100);
    tracker.deliver(1, 5, 130);
    tracker.end(7, 1, 170, Again.NO);
    assertEquals(List.of("7@1 p5 100>130>170"), ended);
    assertEquals(new Tally(7, 1, 0, 0, 0, 1), tally());
  }

  @Test
  void secondTrigger_isRemembered_andThirdCoalesced() {
    tracker.trigger(7, 100);
    tracker.trigger(7, 110);
    tracker.trigger(7, 120);
    tracker.deliver(0, 6, 130);
    tracker.end(7, 0, 140, Again.BY_CONTROLLER);
    tracker.deliver(0, 6, 150);
    tracker.end(7, 0, 160, Again.BY_CONTROLLER);
    assertEquals(List.of("7@0 p6 100>130>140", "7@0 p6 110>150>160"), ended);
    assertEquals(new Tally(7, 3, 1, 1, 1, 2), tally());
  }

  @Test
  void triggerThatTheGuestRepeats_countsFromTheRememberedOne_andNotTwice() {
    tracker.trigger(7, 100);
    tracker.trigger(7, 110);
    tracker.end(7, 0, 140, Again.BY_GUEST);
    tracker.trigger(7, 141);
    tracker.end(7, 0, 160, Again.NO);
    assertEquals(List.of("7@0 p-1 100>?>140", "7@0 p-1 110>?>160"), ended);
    assertEquals(new Tally(7, 2, 1, 0, 1, 2), tally());
  }

  @Test
  void deliveryBeforeTheTrigger_wasAnotherInterrupts() {
    tracker.deliver(0, 6, 50);
    tracker.trigger(7, 100);
    tracker.end(7, 0, 140, Again.NO);
    assertEquals(List.of("7@0 p6 100>?>140"), ended);
  }

  @Test
  void endWithoutTrigger_isNoInterrupt() {
    tracker.end(7, 0, 140, Again.NO);
    assertEquals(List.of(), ended);
    assertEquals(List.of(), tracker.takeTallies());
  }

  @Test
  void ipi_isCoalescedWhileItIsPending() {
    tracker.triggerLevel(2, 100);
    tracker.triggerLevel(2, 110);
    tracker.end(2, 1, 140, Again.BY_CONTROLLER);
    tracker.end(2, 1, 150, Again.BY_CONTROLLER);
    assertEquals(List.of("2@1 p-1 100>?>140"), ended);
    assertEquals(new Tally(2, 2, 0, 1, 0, 1), tally());
  }
}
