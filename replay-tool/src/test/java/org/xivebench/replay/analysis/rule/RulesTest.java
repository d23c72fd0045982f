package org.xivebench.replay.analysis.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.replay.analysis.Recordings;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.jfr.BrokenRecordings;
import org.xivebench.replay.jfr.Samples;

/** Each rule on a recording in which it has something to say, and on one in which it has not. */
class RulesTest {
  @TempDir Path folder;

  /** Puts a recording into a file. */
  @FunctionalInterface
  private interface Source {
    void writeTo(Path file) throws IOException;
  }

  /**
   * Two recordings for a rule.
   *
   * @param summary part of what the rule says of the first
   */
  private record Case(String rule, String summary, Source speaks, Source silent) {
    @Override
    public String toString() {
      return rule;
    }
  }

  private static Case made(
      String rule, String summary, Recordings.Filling speaks, Recordings.Filling silent) {
    return new Case(
        rule,
        summary,
        file -> Recordings.write(file, speaks),
        file -> Recordings.write(file, silent));
  }

  private static Source bytes(byte[] recording) {
    return file -> Files.write(file, recording);
  }

  static Stream<Case> cases() throws IOException {
    return Stream.of(
        made(
            "lost-events",
            "the JVM dropped 5 kB of them, at 2 times",
            RuleRecordings.dataLoss(2_000, 3_000),
            RuleRecordings.dataLoss()),
        new Case(
            "lost-events",
            "A chunk was not closed by its JVM",
            bytes(Samples.killedJdk17()),
            bytes(Samples.kafkaProducer())),
        made(
            "no-events",
            "No events were found",
            RuleRecordings.nothing(),
            RuleRecordings.dataLoss(1)),
        new Case(
            "repeated-chunks",
            "A chunk is there a second time, to the byte; each was counted once",
            bytes(BrokenRecordings.join(Samples.kafkaProducer(), Samples.kafkaProducer())),
            bytes(Samples.kafkaProducer())),
        made(
            "reports",
            "Use After Free was reported one time.",
            RuleRecordings.report("Reports"),
            RuleRecordings.report("Swap")),
        made(
            "swap-failed",
            "A swap from xive-native to xics-on-xive failed: release gave up; the VM is detached"
                + " (the first of 2 that failed).",
            RuleRecordings.failedSwaps(2),
            RuleRecordings.swap(10)),
        made(
            "swap-pause",
            "A swap paused the vCPUs for 150 ms",
            RuleRecordings.swap(150),
            RuleRecordings.swap(90)),
        made(
            "release-wait",
            "A release waited 40 ms for vcpu2, which was in the guest",
            RuleRecordings.drains(40),
            RuleRecordings.drains(9)),
        made(
            "vm-lock-contention",
            "Threads waited for locks of the VM for 600 ms in 10 s, most of all for kvm->lock",
            RuleRecordings.lockWaits(60),
            RuleRecordings.lockWaits(40)),
        made(
            "vcpu-imbalance",
            "server 3 took 95 % of the interrupts",
            RuleRecordings.interrupts(95),
            RuleRecordings.interrupts(80)),
        made(
            "coalescing",
            "20 % of the triggers were coalesced",
            RuleRecordings.triggers(20),
            RuleRecordings.triggers(5)),
        made(
            "unended-interrupts",
            "Triggered but never ended: 0x1201 (50)",
            RuleRecordings.traceOf(0x1200, 0x1201, 0x1200),
            RuleRecordings.traceOf(0x1200, 0x1201, 0x1200, 0x1201)),
        made(
            "gc-share",
            "for 6 % of the time",
            RuleRecordings.gcPauses(20, 30),
            RuleRecordings.gcPauses(20, 20)),
        made(
            "gc-tail",
            "GC pauses account for 50 % of the time of the slowest 4 of 400 file reads (100 ms and",
            RuleRecordings.readsWithPauses(50),
            RuleRecordings.readsWithPauses(5)),
        made(
            "heap-full",
            "95 % of the heap were in use after a collection (950 MB of 1 GB)",
            RuleRecordings.heapAfterGc(950),
            RuleRecordings.heapAfterGc(850)),
        made(
            "safepoint-reach",
            "only after 60 ms",
            RuleRecordings.safepoint(60),
            RuleRecordings.safepoint(40)),
        made(
            "lock-contention",
            "Threads waited for monitors for 2 s in 10 s",
            RuleRecordings.monitorWaits(100),
            RuleRecordings.monitorWaits(10)),
        made(
            "pinned-virtual-threads",
            "Virtual threads were pinned 3 times, for 60 ms in all",
            RuleRecordings.pinned(3),
            RuleRecordings.monitorWaits(3)),
        made(
            "io-outlier",
            "A file write took 400 ms (p50 1 ms",
            RuleRecordings.fileWrite(400),
            RuleRecordings.fileWrite(90)),
        made(
            "exception-storm",
            "2,000/s exceptions are thrown, 20,000 in all",
            RuleRecordings.thrown(20_000),
            RuleRecordings.thrown(4_000)),
        made(
            "allocation-rate",
            "Memory is allocated at 2 GB a second",
            RuleRecordings.allocated(20),
            RuleRecordings.allocated(5)),
        // Stack traces, which the writer does not make, are what this rule lives on.
        new Case(
            "hot-method",
            "CompletedFetch.parseRecord is on top of 20.5 % of the samples",
            bytes(Samples.kafkaConsumer()),
            bytes(Samples.kafkaProducer())),
        made(
            "other-processes",
            "The machine was 95.0 % busy, of which 65.0 % with other processes",
            RuleRecordings.cpuLoad(0.3f, 0.95f),
            RuleRecordings.cpuLoad(0.8f, 0.95f)),
        made(
            "sample",
            "The recording is a sample: org.example.Read (300/s)",
            RuleRecordings.throttled("300/s"),
            RuleRecordings.throttled("off")));
  }

  private List<Finding> findings(Case rule, Source recording) throws IOException {
    Path file = folder.resolve("r.jfr");
    recording.writeTo(file);
    return Recordings.analyzeOne(file).findings().stream()
        .filter(finding -> finding.rule().equals(rule.rule))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rule_onARecordingThatTriggersIt_speaksUpOnce(Case rule) throws IOException {
    List<Finding> found = findings(rule, rule.speaks);
    assertEquals(1, found.size(), () -> rule + ": " + found);
    assertTrue(found.get(0).summary().contains(rule.summary), () -> found.get(0).summary());
    assertFalse(found.get(0).explanation().isBlank());
    assertFalse(found.get(0).remedy().isBlank());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rule_onARecordingThatDoesNotTriggerIt_isSilent(Case rule) throws IOException {
    assertEquals(List.of(), findings(rule, rule.silent));
  }

  @Test
  void everyRule_hasACase_aNameOfItsOwnAndADescription() throws IOException {
    Set<String> names = new HashSet<>();
    for (Rule rule : Rules.all()) {
      assertTrue(names.add(rule.name()), rule.name());
      assertFalse(rule.description().isBlank(), rule.name());
    }
    assertEquals(names, cases().map(Case::rule).collect(Collectors.toSet()));
  }

  @Test
  void reports_areErrors() throws IOException {
    Case reports = cases().filter(c -> c.rule.equals("reports")).findFirst().orElseThrow();
    assertEquals(Severity.ERROR, findings(reports, reports.speaks).get(0).severity());
  }
}
