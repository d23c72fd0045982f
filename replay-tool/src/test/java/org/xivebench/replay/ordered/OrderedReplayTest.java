package org.xivebench.replay.ordered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.replay.ordered.TraceScript.LSI;
import static org.xivebench.replay.ordered.TraceScript.MSI;
import static org.xivebench.replay.ordered.TraceScript.OTHER_MSI;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.xive.Quirks;

/** What a wrong result looks like to an ordered replay, kind by kind. */
class OrderedReplayTest {
  private static final int OS_RING = 0x10;
  private static final long QUEUE = 0x10000;

  @TempDir private Path folder;

  /** vCPU 1 takes an MSI; values from the sections 1.2 and 1.9 of the device specification. */
  private static TraceScript xive() {
    TraceScript script = new TraceScript(TraceMode.XIVE);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_SET_QUEUE_CONFIG, 1, 1, 6, QUEUE, 16);
    script.add(0, TraceKind.HCALL_RETURN, Hcall.H_INT_SET_QUEUE_CONFIG, Hcall.H_SUCCESS);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_SET_SOURCE_CONFIG, 2, MSI, 1, 6, 0x21);
    script.add(0, TraceKind.ESB_LOAD, MSI, 0x10c00, 1);
    script.add(1, TraceKind.TIMA_STORE, 0x20011, 1, 0xff);
    script.add(1, TraceKind.TCTX_SET_CPPR, 1, OS_RING, 0, 0xff, 0xff, 0);
    script.add(-1, TraceKind.SET_LINE, MSI, 1);
    script.add(-1, TraceKind.PRESENTER_NOTIFY, 0, 0x401, OS_RING);
    script.add(-1, TraceKind.TCTX_NOTIFY, 1, OS_RING, 2, 6, 0xff, 0x80);
    script.add(-1, TraceKind.PIN, 1, 1);
    script.add(-1, TraceKind.SET_LINE, MSI, 0);
    script.add(1, TraceKind.TIMA_LOAD, 0x20810, 2, 0x8006);
    script.add(1, TraceKind.PIN, 1, 0);
    script.add(1, TraceKind.TCTX_ACCEPT, 1, OS_RING, 0, 0xff, 6, 0);
    script.add(1, TraceKind.ESB_LOAD, MSI, 0x10c00, 2);
    script.add(1, TraceKind.TIMA_STORE, 0x20011, 1, 0xff);
    script.add(1, TraceKind.TCTX_SET_CPPR, 1, OS_RING, 0, 0xff, 0xff, 0);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_GET_SOURCE_CONFIG, 0, MSI);
    script.add(
        0, TraceKind.HCALL_RETURN, Hcall.H_INT_GET_SOURCE_CONFIG, Hcall.H_SUCCESS, 1, 6, 0x21);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_ESB, 0, LSI, 0xc00, 0);
    script.add(0, TraceKind.ESB_LOAD, LSI, 0x10c00, 1, 1);
    script.add(0, TraceKind.HCALL_RETURN, Hcall.H_INT_ESB, Hcall.H_SUCCESS, 1);
    return script;
  }

  /** vCPU 0 takes an MSI, an IPI on top, and an LSI that an IPI displaces. */
  private static TraceScript xics() {
    TraceScript script = new TraceScript(TraceMode.XICS);
    script.add(0, TraceKind.HCALL, Hcall.H_CPPR, 0xff);
    script.add(1, TraceKind.SOURCE_CONFIG, MSI, 0, 5);
    script.add(-1, TraceKind.SET_LINE, MSI, 1, 1);
    script.add(-1, TraceKind.ICP_PRESENT, 0, MSI, 5);
    script.add(-1, TraceKind.ICP_RAISE, 0xff001300L, 5);
    script.add(-1, TraceKind.PIN, 0, 1);
    script.add(-1, TraceKind.SET_LINE, MSI, 0, 1);
    script.add(0, TraceKind.HCALL, Hcall.H_XIRR, 0);
    script.add(0, TraceKind.PIN, 0, 0);
    script.add(0, TraceKind.ICP_ACCEPT, 0, 0xff001300L, 0x05000000);
    script.add(0, TraceKind.HCALL_RETURN, Hcall.H_XIRR, Hcall.H_SUCCESS, 0xff001300L);
    script.add(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);
    script.add(1, TraceKind.ICP_IPI, 0, 4);
    script.add(1, TraceKind.PIN, 0, 1);
    script.add(0, TraceKind.HCALL, Hcall.H_XIRR, 0);
    script.add(0, TraceKind.PIN, 0, 0);
    script.add(0, TraceKind.ICP_ACCEPT, 0, 0x05000002, 0x04000000);
    script.add(0, TraceKind.HCALL, Hcall.H_IPI, 0, 0xff);
    script.add(0, TraceKind.HCALL, Hcall.H_EOI, 0x05000002);
    script.add(0, TraceKind.ICP_EOI, 0, 0x05000002, 0x05000000);
    script.add(0, TraceKind.HCALL, Hcall.H_EOI, 0xff001300L);
    script.add(0, TraceKind.ICP_EOI, 0, 0xff001300L, 0xff000000L);
    script.add(0, TraceKind.ICS_EOI, MSI);
    script.add(1, TraceKind.SOURCE_CONFIG, LSI, 0, 5);
    script.add(-1, TraceKind.SET_LINE, LSI, 1, 1);
    script.add(-1, TraceKind.ICP_PRESENT, 0, LSI, 5);
    script.add(-1, TraceKind.ICP_RAISE, 0xff001200L, 5);
    script.add(-1, TraceKind.PIN, 0, 1);
    script.add(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);
    script.add(1, TraceKind.ICP_IPI, 0, 4);
    script.add(1, TraceKind.ICS_REJECT, LSI);
    return script;
  }

  @Test
  void xive_asRecorded_hasNoDivergence() throws Exception {
    OrderedResult result = xive().replay(folder, false);

    assertEquals(0, result.divergenceCount(), result.toString());
    assertEquals(11, result.operations());
    assertEquals(3, result.checked().get(TraceKind.ESB_LOAD));
    assertEquals(1, result.checked().get(TraceKind.TIMA_LOAD));
    assertEquals(3, result.checked().get(TraceKind.HCALL_RETURN));
    assertEquals(2, result.checked().get(TraceKind.PIN));
    assertEquals(1, result.gaps().get(Gap.HCALL_RESULT), "of H_INT_SET_SOURCE_CONFIG");
    assertEquals(1, result.gaps().get(Gap.QUEUE_ENTRY));
  }

  @Test
  void xics_asRecorded_hasNoDivergence() throws Exception {
    OrderedResult result = xics().replay(folder, false);

    assertEquals(0, result.divergenceCount(), result.toString());
    assertEquals(13, result.operations());
    assertEquals(2, result.checked().get(TraceKind.ICP_ACCEPT));
    assertEquals(2, result.gaps().get(Gap.RTAS_CALL));
    assertEquals(3, result.gaps().get(Gap.INFERRED));
  }

  @ParameterizedTest
  @CsvSource({
    // index of the event, field, wrong value, sequence reported, expected, got
    "1, STATUS, -4, 2, -4, 0",
    "3, VALUE, 3, 4, 0x3, 0x1",
    "11, VALUE, 0x8005, 12, 0x8005, 0x8006",
    "14, VALUE, 3, 15, 0x3, 0x2",
    "18, ARG1, 5, 19, 0 0x1 0x5 0x21, 0 0x1 0x6 0x21",
    "20, VALUE, 2, 21, 0x2, 0x1",
    "21, ARG0, 3, 22, 0 0x3, 0 0x1",
  })
  void xive_wrongValue_isFound(
      int index, TraceField field, String wrong, long sequence, String expected, String got)
      throws Exception {
    TraceScript script = xive().change(index, field, Long.decode(wrong));

    OrderedResult result = script.replay(folder, true);

    assertEquals(1, result.divergenceCount(), result.toString());
    Divergence found = result.divergences().get(0);
    assertEquals(sequence, found.sequence());
    assertEquals(expected, found.expected());
    assertEquals(got, found.got());
  }

  @ParameterizedTest
  @CsvSource({
    // index of the effect, field, wrong value, sequence of the operation that had it
    "5, NSR, 0x80, 5",
    "5, CPPR, 5, 5",
    "7, NVT_INDEX, 0x400, 7",
    "8, IPB, 1, 7",
    "8, TARGET, 0, 7",
    "9, LEVEL, 0, 7",
    "12, LEVEL, 1, 12",
    "13, CPPR, 7, 12",
  })
  void xive_wrongEffect_isFound(int index, TraceField field, String wrong, long sequence)
      throws Exception {
    check(xive().change(index, field, Long.decode(wrong)), sequence);
  }

  @ParameterizedTest
  @CsvSource({"5, 5", "7, 7", "8, 7", "9, 7", "12, 12", "13, 12"})
  void xive_missingEffect_isFound(int index, long sequence) throws Exception {
    check(xive().remove(index), sequence);
  }

  @ParameterizedTest
  @CsvSource({
    "3, PRIORITY, 4, 3",
    "4, XIRR, 0xff001301, 3",
    "5, LEVEL, 0, 3",
    "9, NEW_XIRR, 0x06000000, 8",
    "10, ARG0, 0xff000000, 11",
    "12, MFRR, 5, 12",
    "19, NEW_XIRR, 0xff000000, 19",
    "22, SOURCE, 0x1301, 21",
    "26, PENDING_PRIORITY, 4, 25",
    "30, SOURCE, 0x1300, 29",
  })
  void xics_wrongEffect_isFound(int index, TraceField field, String wrong, long sequence)
      throws Exception {
    check(xics().change(index, field, Long.decode(wrong)), sequence);
  }

  @ParameterizedTest
  @CsvSource({"3, 3", "4, 3", "9, 8", "12, 12", "19, 19", "22, 21", "30, 29"})
  void xics_missingEffect_isFound(int index, long sequence) throws Exception {
    check(xics().remove(index), sequence);
  }

  private void check(TraceScript script, long sequence) throws Exception {
    OrderedResult result = script.replay(folder, true);

    assertEquals(1, result.divergenceCount(), result.toString());
    assertEquals(sequence, result.divergences().get(0).sequence());
  }

  @Test
  void notification_thatTheModelDoesNotMake_isFound() throws Exception {
    TraceScript script = new TraceScript(TraceMode.XIVE);
    script.add(-1, TraceKind.SET_LINE, OTHER_MSI, 1);
    script.add(-1, TraceKind.PRESENTER_NOTIFY, 0, 0x401, OS_RING);

    OrderedResult result = script.replay(folder, false);

    Divergence found = result.divergences().get(0);
    assertEquals("PresenterNotify nvtBlock=0x0 nvtIndex=0x401 ring=0x10", found.expected());
    assertEquals("nothing", found.got());
  }

  @Test
  void divergence_says_whatWasDoneBefore() throws Exception {
    OrderedResult result = xive().change(14, TraceField.VALUE, 3).replay(folder, false);

    Divergence found = result.divergences().get(0);
    assertEquals(MSI, found.source());
    assertEquals(1, found.vcpu());
    assertEquals(1_700_000_000_000_014_000L, found.timeNanos());
    assertEquals(
        "#11 SetLine source=0x1300 level=0x0 inferred=false",
        found.lastOnSource().get(found.lastOnSource().size() - 1));
    assertEquals(
        "#12 vcpu 1 TimaLoad offset=0x20810 size=0x2 value=0x8006",
        found.lastOnVcpu().get(found.lastOnVcpu().size() - 1));
  }

  @Test
  void run_stopsAtItsFirstDivergence_unlessToldOtherwise() throws Exception {
    TraceScript script = xive().change(3, TraceField.VALUE, 3).change(14, TraceField.VALUE, 3);

    OrderedResult first = script.replay(folder, false);
    OrderedResult all = script.replay(folder, true);

    assertEquals(1, first.divergenceCount());
    assertTrue(first.events() < script.size());
    assertEquals(2, all.divergenceCount());
    assertEquals(script.size(), all.events());
  }

  @ParameterizedTest
  @EnumSource(
      value = TraceKind.class,
      names = {"PRESENTER_NOTIFY", "TCTX_NOTIFY", "TCTX_ACCEPT", "TCTX_SET_CPPR", "PIN"})
  void kindThatIsNotRecorded_isNotMissed(TraceKind kind) throws Exception {
    TraceScript script = xive().notObserved(kind);
    for (int i = script.size() - 1; i >= 0; i--) {
      if (script.kind(i) == kind) {
        script.remove(i);
      }
    }

    OrderedResult result = script.replay(folder, false);

    assertEquals(0, result.divergenceCount(), result.toString());
    assertNull(result.checked().get(kind));
    Set<Gap> gaps = EnumSet.copyOf(result.gaps().keySet());
    assertEquals(kind != TraceKind.PIN, gaps.contains(Gap.NOT_OBSERVED));
  }

  @Test
  void operationOfAVcpuThatIsNotKnown_isLeftOut() throws Exception {
    TraceScript script = new TraceScript(TraceMode.XICS);
    script.add(-1, TraceKind.HCALL, Hcall.H_CPPR, 5);

    OrderedResult result = script.replay(folder, false);

    assertEquals(0, result.operations());
    assertEquals(1, result.gaps().get(Gap.CALLER));
  }

  @Test
  void digest_isOfWhatTheModelAnswers() throws Exception {
    long digest = xive().replay(folder, true).digest();

    assertEquals(digest, xive().replay(folder, true).digest());
    // What was recorded in the place of an effect is no part of what the model answers.
    assertEquals(digest, xive().change(8, TraceField.IPB, 1).replay(folder, true).digest());
    TraceScript other = xive().change(2, TraceField.ARG4, 0x22);
    assertFalse(digest == other.replay(folder, true).digest());
  }

  @Test
  void machineReset_putsAllBack() throws Exception {
    TraceScript script = xive();
    script.add(-1, TraceKind.MACHINE_RESET);
    script.add(0, TraceKind.ESB_LOAD, MSI, 0x10800, 1);
    script.add(-1, TraceKind.SET_LINE, MSI, 1);

    assertEquals(0, script.replay(folder, false).divergenceCount());
  }

  @Test
  void modeChange_bringsTheOtherController() throws Exception {
    TraceScript script = new TraceScript(TraceMode.DUAL);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_GET_SOURCE_INFO, 0, MSI);
    script.add(0, TraceKind.HCALL_RETURN, Hcall.H_INT_GET_SOURCE_INFO, Hcall.H_FUNCTION);
    script.add(0, TraceKind.MODE_CHANGE, 0);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_GET_SOURCE_CONFIG, 0, MSI);
    script.add(0, TraceKind.HCALL_RETURN, Hcall.H_INT_GET_SOURCE_CONFIG, 0, 0, 0xff, 0);

    assertEquals(0, script.replay(folder, false).divergenceCount());
  }

  @Test
  void traceWithLostEvents_isComparedUpToThere() throws Exception {
    Path file = folder.resolve("lossy.jfr");
    xive().write(file);
    OrderedReplay replay =
        new OrderedReplay(
            () -> new LossyEvents(TraceReader.open(file), 8),
            OrderedOptions.emulated(Quirks.NONE, true),
            new Cancellation(),
            Progress.NONE);

    OrderedResult result = replay.run();

    assertEquals(0, result.divergenceCount(), result.divergences().toString());
    assertEquals(xive().size() - 8, result.gaps().get(Gap.AFTER_LOSS));
  }

  /** A trace of which one event is lost. */
  private record LossyEvents(TraceReader reader, long lost) implements TraceEvents {
    @Override
    public TraceHeader header() {
      return reader.header();
    }

    @Override
    public TraceEvent next() throws IOException {
      TraceEvent event = reader.next();
      return event != null && event.sequence() == lost ? reader.next() : event;
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
