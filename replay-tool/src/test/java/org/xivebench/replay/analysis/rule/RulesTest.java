package org.xivebench.replay.analysis.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.replay.analysis.Recordings.EPOCH;
import static org.xivebench.replay.analysis.Recordings.MILLI;
import static org.xivebench.replay.analysis.Recordings.SECOND;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.analysis.Recordings;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.FieldDeclaration;
import org.xivebench.replay.jfr.FieldType;
import org.xivebench.replay.jfr.JfrWriter;

/** Each rule on a recording in which it has something to say, and on one in which it has not. */
class RulesTest {
  @TempDir Path folder;

  /** What one rule finds in a recording. */
  private List<Finding> findings(String rule, Recordings.Filling filling) throws IOException {
    Path file = Recordings.write(folder.resolve("r.jfr"), filling);
    return Recordings.analyzeOne(file).findings().stream()
        .filter(finding -> finding.rule().equals(rule))
        .toList();
  }

  private void assertFinds(String rule, String summary, Recordings.Filling filling)
      throws IOException {
    List<Finding> found = findings(rule, filling);
    assertEquals(1, found.size(), () -> rule + ": " + found);
    assertTrue(found.get(0).summary().contains(summary), () -> found.get(0).summary());
    assertFalse(found.get(0).explanation().isBlank());
    assertFalse(found.get(0).remedy().isBlank());
  }

  private void assertSilent(String rule, Recordings.Filling filling) throws IOException {
    assertEquals(List.of(), findings(rule, filling));
  }

  /** An event at either end of ten seconds, so that shares are of those. */
  private static EventEncoder span(JfrWriter writer) throws IOException {
    EventEncoder event = writer.declare(EventDeclaration.named("org.example.Span"));
    event.begin(EPOCH).commit();
    event.begin(EPOCH + 10 * SECOND).commit();
    return event;
  }

  private static EventDeclaration timed(String name) {
    return EventDeclaration.named(name).withDuration().withThread();
  }

  private static Recordings.Filling gcPauses(int count, long each) {
    return writer -> {
      span(writer);
      EventEncoder pause =
          writer.declare(timed("jdk.GCPhasePause").field("name", FieldType.STRING));
      for (int i = 0; i < count; i++) {
        pause.begin(EPOCH + 100 * MILLI * i, each, 0).putString("GC Pause").commit();
      }
    };
  }

  @Test
  void names_areUniqueAndEveryRuleIsDescribed() {
    Set<String> names = new HashSet<>();
    for (Rule rule : Rules.all()) {
      assertTrue(names.add(rule.name()), rule.name());
      assertFalse(rule.description().isBlank(), rule.name());
    }
  }

  @Test
  void lostEvents() throws IOException {
    assertFinds(
        "lost-events",
        "the JVM dropped 5 kB of them, at 2 times",
        writer -> {
          EventEncoder loss =
              writer.declare(
                  EventDeclaration.named("jdk.DataLoss").field("amount", FieldType.LONG));
          loss.begin(EPOCH).putLong(2_000).commit();
          loss.begin(EPOCH + 1).putLong(3_000).commit();
        });
  }

  @Test
  void gcShare() throws IOException {
    assertFinds("gc-share", "for 6 % of the time", gcPauses(20, 30 * MILLI));
    assertSilent("gc-share", gcPauses(20, 20 * MILLI));
  }

  @Test
  void gcTail_comparesTheLongestReadsWithThePausesInThem() throws IOException {
    assertFinds("gc-tail", "GC pauses account for 50 % of the 10 longest", reads(50 * MILLI));
    assertSilent("gc-tail", reads(5 * MILLI));
  }

  /** 200 file reads of 100 ms, each with a pause of that length in it. */
  private static Recordings.Filling reads(long pause) {
    return writer -> {
      gcPauses(200, pause).into(writer);
      EventEncoder read = writer.declare(timed("jdk.FileRead").field("path", FieldType.STRING));
      for (int i = 0; i < 200; i++) {
        read.begin(EPOCH + 100 * MILLI * i, 100 * MILLI, 0).putString("/f").commit();
      }
    };
  }

  @Test
  void releaseWait_namesTheVcpu() throws IOException {
    assertFinds(
        "release-wait", "A release waited 40 ms for vcpu2, which was in the guest", drains(40));
    assertSilent("release-wait", drains(9));
  }

  private static Recordings.Filling drains(long millis) {
    return writer -> {
      EventEncoder drain =
          writer.declare(
              EventDeclaration.named("org.xivebench.GateDrain")
                  .withThread()
                  .field("vcpu", FieldType.STRING)
                  .field(FieldDeclaration.of("sinceClosed", FieldType.LONG).timespanNanos()));
      for (int vcpu = 0; vcpu < 4; vcpu++) {
        drain
            .begin(EPOCH + vcpu)
            .putString("vcpu" + vcpu)
            .putLong(vcpu == 2 ? millis * MILLI : MILLI)
            .commit();
      }
    };
  }

  @Test
  void vcpuImbalance_namesTheVcpuThatTakesNearlyAll() throws IOException {
    assertFinds("vcpu-imbalance", "server 3 took 95 % of the interrupts", interrupts(95));
    assertSilent("vcpu-imbalance", interrupts(80));
  }

  /** 200 interrupts, so many percent of them for server 3. */
  private static Recordings.Filling interrupts(int percent) {
    return writer -> {
      EventEncoder interrupt =
          writer.declare(
              timed("org.xivebench.Interrupt")
                  .field("source", FieldType.INT)
                  .field("kind", FieldType.STRING)
                  .field("server", FieldType.INT)
                  .field("priority", FieldType.INT)
                  .field("backend", FieldType.STRING)
                  .field(FieldDeclaration.of("toNotification", FieldType.LONG).timespanNanos())
                  .field(FieldDeclaration.of("toDelivery", FieldType.LONG).timespanNanos()));
      for (int i = 0; i < 200; i++) {
        interrupt
            .begin(EPOCH + i * MILLI, MILLI / 2, 0)
            .putInt(0x1200)
            .putString("MSI")
            .putInt(i % 100 < percent ? 3 : 0)
            .putInt(6)
            .putString("xive-native")
            .putLong(1_000)
            .putLong(20_000)
            .commit();
      }
    };
  }

  @Test
  void reports_areErrors() throws IOException {
    List<Finding> found =
        findings(
            "reports",
            writer ->
                writer
                    .declare(
                        EventDeclaration.named("org.xivebench.UseAfterFree")
                            .label("Use After Free")
                            .category("xivebench", "Reports")
                            .withThread()
                            .field("object", FieldType.STRING))
                    .begin(EPOCH)
                    .putString("eq 3")
                    .commit());
    assertEquals("Use After Free was reported one time.", found.get(0).summary());
    assertEquals(Severity.ERROR, found.get(0).severity());
  }

  @Test
  void lockContention_countsTheWaitsOfAllThreads() throws IOException {
    assertFinds("lock-contention", "Threads waited for monitors for 2 s in 10 s", waits(100));
    assertSilent("lock-contention", waits(10));
  }

  private static Recordings.Filling waits(int count) {
    return writer -> {
      span(writer);
      EventEncoder enter = writer.declare(timed("jdk.JavaMonitorEnter"));
      for (int i = 0; i < count; i++) {
        enter.begin(EPOCH + i * MILLI, 20 * MILLI, 0).commit();
      }
    };
  }

  @Test
  void safepointReach() throws IOException {
    assertFinds("safepoint-reach", "only after 60 ms", safepoint(60));
    assertSilent("safepoint-reach", safepoint(40));
  }

  private static Recordings.Filling safepoint(long millis) {
    return writer ->
        writer
            .declare(
                timed("jdk.SafepointStateSynchronization").field("safepointId", FieldType.LONG))
            .begin(EPOCH, millis * MILLI, 0)
            .putLong(1)
            .commit();
  }

  @Test
  void exceptionStorm_byTheRunningTotal() throws IOException {
    assertFinds("exception-storm", "2,000/s exceptions are thrown, 20,000 in all", thrown(20_000));
    assertSilent("exception-storm", thrown(4_000));
  }

  private static Recordings.Filling thrown(long count) {
    return writer -> {
      EventEncoder statistics =
          writer.declare(
              EventDeclaration.named("jdk.ExceptionStatistics")
                  .field("throwables", FieldType.LONG));
      statistics.begin(EPOCH + 10 * SECOND).putLong(500 + count).commit();
      statistics.begin(EPOCH).putLong(500).commit();
    };
  }

  @Test
  void ioOutlier_isFarBeyondTheMedian() throws IOException {
    assertFinds("io-outlier", "A file write took 400 ms (p50 1 ms", write(400));
    assertSilent("io-outlier", write(90));
  }

  private static Recordings.Filling write(long millis) {
    return writer -> {
      EventEncoder write = writer.declare(timed("jdk.FileWrite").field("path", FieldType.STRING));
      for (int i = 0; i < 9; i++) {
        write.begin(EPOCH + i, MILLI, 0).putString("/f").commit();
      }
      write.begin(EPOCH + 9, millis * MILLI, 0).putString("/f").commit();
    };
  }

  @Test
  void allocationRate_namesTheClass() throws IOException {
    assertFinds("allocation-rate", "Memory is allocated at 2 GB a second", allocated(20));
    assertSilent("allocation-rate", allocated(5));
  }

  private static Recordings.Filling allocated(long gigabytes) {
    return writer -> {
      span(writer);
      writer
          .declare(
              EventDeclaration.named("jdk.ObjectAllocationSample").field("weight", FieldType.LONG))
          .begin(EPOCH)
          .putLong(gigabytes * 1_000_000_000L)
          .commit();
    };
  }

  @Test
  void swapPause_namesTheLongestStep() throws IOException {
    assertFinds("swap-pause", "A swap paused the vCPUs for 150 ms", swap(150));
    assertSilent("swap-pause", swap(90));
  }

  private static Recordings.Filling swap(long millis) {
    return writer ->
        writer
            .declare(
                timed("org.xivebench.Swap")
                    .field("from", FieldType.STRING)
                    .field("to", FieldType.STRING)
                    .field(FieldDeclaration.of("release", FieldType.LONG).timespanNanos()))
            .begin(EPOCH, millis * MILLI, 0)
            .putString("a")
            .putString("b")
            .putLong(millis * MILLI / 2)
            .commit();
  }
}
