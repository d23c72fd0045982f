package org.xivebench.replay.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.replay.conformance.ScenarioText.LSI;
import static org.xivebench.replay.conformance.ScenarioText.MSI;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.kvm.IrqType;
import org.xivebench.replay.InputException;
import org.xivebench.replay.conformance.Step.Difference;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Quirks;

/** The expected results are those of QEMU 7.2's XICS, which the emulated controller gives too. */
final class DifferencesTest {
  private static final int OPEN = 0xff;
  private static final int OFF = 0xff;

  @TempDir Path folder;

  private static final int IDLE = MSI + 3;
  private static final int QUEUE_ROOM = 16382;

  private record Row(DifferenceKind kind, ScenarioText scenario) {}

  private static ScenarioText open() {
    return new ScenarioText(2).hcall(0, "H_CPPR", OPEN);
  }

  private static ScenarioText routed() {
    return open().setXive(MSI, 0, 5).setXive(MSI + 1, 0, 5).setXive(LSI, 0, 4);
  }

  private static Stream<Row> rows() {
    return Stream.of(
        new Row(
            DifferenceKind.UNCLAIMED_SOURCE,
            open().rtas(0, "ibm,get-xive", 3, 0x1fff).gives(0, OFF)),
        new Row(DifferenceKind.NEVER_ROUTED, open().rtas(0, "ibm,int-on", 1, MSI)),
        new Row(DifferenceKind.RTAS_CHECKS, open().setXive(MSI, 0, 0x105).fails(-3)),
        new Row(DifferenceKind.TARGET_FALLS_BACK, movedUntilItsQueueIsFull()),
        new Row(DifferenceKind.EOI_OF_NO_SOURCE, open().hcall(0, "H_EOI", 0xff001fffL)),
        new Row(
            DifferenceKind.ACCEPT_OF_NOTHING,
            new ScenarioText(1)
                .hcall(0, "H_CPPR", 3)
                .hcall(0, "H_XIRR", 0)
                .gives(0x03000000)
                .hcall(0, "H_IPOLL", 0)
                .gives(0xff000000L, 0xff)),
        new Row(
            DifferenceKind.PRIORITIES_FROM_6,
            routed().hcall(0, "H_CPPR", 9).hcall(0, "H_IPOLL", 0).gives(0x09000000, 0xff)),
        new Row(
            DifferenceKind.TIE_GOES_TO_IPI,
            routed()
                .msi(MSI)
                .hcall(0, "H_IPI", 0, 5)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L | MSI)),
        new Row(
            DifferenceKind.ORDER_OF_ARRIVAL,
            routed()
                .hcall(0, "H_CPPR", 1)
                .msi(MSI + 1)
                .msi(MSI)
                .hcall(0, "H_CPPR", OPEN)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L | MSI)),
        new Row(
            DifferenceKind.NOTHING_IS_LATCHED,
            routed()
                .hcall(0, "H_IPI", 0, 4)
                .hcall(0, "H_IPI", 0, 0xff)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000002L)),
        new Row(
            DifferenceKind.EVENT_STAYS_QUEUED,
            routed()
                .hcall(0, "H_CPPR", 1)
                .msi(MSI)
                .setXive(MSI, 1, 5)
                .hcall(0, "H_CPPR", OPEN)
                .probe(0, 0)),
        new Row(
            DifferenceKind.LINE_IS_AN_EDGE,
            routed()
                .line(LSI, 1)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L | LSI)
                .line(LSI, 0)
                .line(LSI, 1)
                .line(LSI, 0)
                .hcall(0, "H_EOI", 0xff000000L | LSI)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L)),
        new Row(
            DifferenceKind.EVENT_AGAIN,
            routed()
                .hcall(0, "H_CPPR", 1)
                .msi(MSI)
                .msi(MSI)
                .hcall(0, "H_CPPR", OPEN)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L | MSI)
                .hcall(0, "H_EOI", 0xff000000L | MSI)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L)),
        new Row(
            DifferenceKind.ONE_EVENT_PER_SOURCE,
            routed()
                .msi(MSI)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L | MSI)
                .hcall(0, "H_CPPR", OPEN)
                .msi(MSI)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L | MSI)),
        new Row(
            DifferenceKind.ACKNOWLEDGED_LEVELS_ONLY,
            routed()
                .hcall(0, "H_IPI", 0, 6)
                .msi(MSI)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000000L | MSI)),
        new Row(
            DifferenceKind.SPURIOUS_INTERRUPT,
            routed()
                .hcall(0, "H_IPI", 0, 4)
                .hcall(0, "H_IPI", 0, 4)
                .hcall(0, "H_XIRR", 0)
                .gives(0xff000002L)
                .probe(0, 0)));
  }

  /** Rooms that a source leaves come back only when its queue is looked into. */
  private static ScenarioText movedUntilItsQueueIsFull() {
    ScenarioText text = open();
    for (int i = 0; i < QUEUE_ROOM; i++) {
      text.setXive(MSI, 0, 5).setXive(MSI, 1, 4);
    }
    return text.setXive(MSI, 0, 5).rtas(0, "ibm,get-xive", 3, MSI).gives(0, 5);
  }

  @Test
  void rows_areAllKinds() {
    assertEquals(
        EnumSet.complementOf(EnumSet.of(DifferenceKind.UNEXPLAINED)),
        rows()
            .map(Row::kind)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(DifferenceKind.class))));
  }

  /** What was done before a difference, and the difference. */
  private static final class Seen implements ScenarioRunner.Watcher {
    final ScenarioHeader header;
    final List<Operation> before = new ArrayList<>();
    Operation differing;
    Difference difference;

    Seen(ScenarioHeader header) {
      this.header = header;
    }

    @Override
    public void agreed(Operation operation) {
      before.add(operation);
    }

    @Override
    public void differed(Operation operation, Difference was) {
      differing = operation;
      difference = was;
    }

    DifferenceKind kindIfGot(Answer got) {
      DifferenceClassifier classifier = new DifferenceClassifier(header);
      before.forEach(classifier::agreed);
      classifier.differed(differing, new Difference(difference.expected(), got));
      return classifier.kind();
    }
  }

  /** A kind is given for what the device does there, not for whatever it might do. */
  @TestFactory
  Stream<DynamicTest> run_ofAFileWhereSomethingElseGoesWrong_isUnexplained() {
    return rows()
        .map(row -> DynamicTest.dynamicTest(row.kind().toString(), () -> assertStrict(row)));
  }

  private void assertStrict(Row row) throws IOException {
    Path file = row.scenario().write(folder.resolve(row.kind() + "-strict.jsonl"));
    Seen[] seen = new Seen[1];
    ScenarioResult result =
        new ScenarioRunner(mode -> new XicsDeviceType(), Quirks.NONE, false)
            .run(file, Irqchip.IN_KERNEL, header -> seen[0] = new Seen(header));
    assertFalse(result.passed());
    assertEquals(row.kind(), seen[0].kindIfGot(seen[0].difference.got()));
    for (Answer wrong : wrongAnswers(seen[0].difference)) {
      assertEquals(DifferenceKind.UNEXPLAINED, seen[0].kindIfGot(wrong), wrong.toString());
    }
  }

  /** Answers that no property of KVM's device explains. */
  private static List<Answer> wrongAnswers(Difference difference) {
    Answer got = difference.got();
    if (!got.code().isEmpty()) {
      List<Answer> wrong =
          new ArrayList<>(
              List.of(Answer.ofCode("H_HARDWARE"), Answer.ofRtas("H_SUCCESS", -1, new int[0])));
      if (!got.values().isEmpty()) {
        wrong.add(Answer.ofRtas("H_SUCCESS", 0, new int[] {7, 5}));
        wrong.add(Answer.ofRtas("H_SUCCESS", 0, new int[] {1, 4}));
      }
      return wrong;
    }
    boolean isProbe = got.values().get(0) <= 1 && difference.expected().values().get(0) <= 1;
    if (isProbe) {
      return List.of(); // there is only one other answer
    }
    long cppr = got.values().get(0) & 0xff000000L;
    return List.of(
        Answer.ofValues(cppr | IDLE),
        Answer.ofValues(cppr | 0x1fff),
        Answer.ofValues(got.values().get(0) ^ 0x02000000L),
        Answer.ofValues(cppr >>> 24));
  }

  @TestFactory
  Stream<DynamicTest> run_ofAFile_tellsWhatItsFirstDifferenceIs() {
    return rows().map(row -> DynamicTest.dynamicTest(row.kind().toString(), () -> assertKind(row)));
  }

  private void assertKind(Row row) throws IOException {
    Path file = row.scenario().write(folder.resolve(row.kind() + ".jsonl"));
    ScenarioResult emulated =
        new ScenarioRunner(DifferencesTest::noBackend, Quirks.QEMU_7_2, false).run(file, null);
    assertEquals(List.of(), emulated.mismatches(), "the row says what an emulated XICS answers");

    Differences differences = new Differences(mode -> new XicsDeviceType());
    differences.run(file);
    assertEquals(List.of(row.kind()), differences.kinds());
    assertEquals(row.scenario().operations().size(), differences.operationCount());
  }

  private static XicsDeviceType noBackend(IrqType mode) {
    throw new AssertionError("no in-kernel device is needed");
  }

  @Test
  void run_ofWrongAnswer_isUnexplained() throws IOException {
    Path file =
        routed()
            .msi(MSI)
            .hcall(0, "H_XIRR", 0)
            .gives(0xff000000L | (MSI + 1))
            .write(folder.resolve("wrong.jsonl"));
    Differences differences = new Differences(mode -> new XicsDeviceType());
    differences.run(file);
    assertEquals(1, differences.of(DifferenceKind.UNEXPLAINED).size());
  }

  @Test
  void run_ofXiveFile_isRefused() throws URISyntaxException {
    Path file =
        Path.of(
            DifferencesTest.class
                .getResource("/conformance/qemu/xive/20-h-int-reset.jsonl")
                .toURI());
    Differences differences = new Differences(mode -> new XicsDeviceType());
    InputException e = assertThrows(InputException.class, () -> differences.run(file));
    assertTrue(e.getMessage().contains("line 1: not of a XICS"), e.getMessage());
  }
}
