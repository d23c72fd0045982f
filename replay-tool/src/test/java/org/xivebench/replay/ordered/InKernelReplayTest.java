package org.xivebench.replay.ordered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.xivebench.replay.ordered.TraceScript.LSI;
import static org.xivebench.replay.ordered.TraceScript.MSI;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;

/** Where KVM's device may differ from a recorded emulation, and that nothing else passes for it. */
class InKernelReplayTest {
  private static final long ONE_SWAPPED = 0x0100_0000_0000_0000L;

  @TempDir private Path folder;

  private OrderedResult replay(TraceScript script) throws Exception {
    return script.replay(folder, Irqchip.IN_KERNEL, true);
  }

  /** A load of SET_PQ_00 by H_INT_ESB, of a source that is off. */
  private static TraceScript esbCall(long recorded) {
    TraceScript script = new TraceScript(TraceMode.XIVE);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_ESB, 0, LSI, 0xc00, 0);
    script.add(0, TraceKind.HCALL_RETURN, Hcall.H_INT_ESB, Hcall.H_SUCCESS, recorded);
    return script;
  }

  @Test
  void swappedBytes_areAKnownDifference() throws Exception {
    OrderedResult result = replay(esbCall(ONE_SWAPPED));

    assertEquals(0, result.divergenceCount());
    assertEquals(Map.of(KnownDifference.H_INT_ESB_BYTE_SWAP, 1L), result.differences());
  }

  @Test
  void swappedBytesOfAnotherValue_areADivergence() throws Exception {
    OrderedResult result = replay(esbCall(2 * ONE_SWAPPED));

    assertEquals(1, result.divergenceCount());
    assertEquals(Map.of(), result.differences());
  }

  @ParameterizedTest
  @CsvSource({"0xfffffc00, 0xff, 0, 0", "0xfffffc00, 5, 0, 1", "0x1, 0xff, 0, 1"})
  void targetOfAnUnroutedSource(String target, String priority, long eisn, long divergences)
      throws Exception {
    TraceScript script = new TraceScript(TraceMode.XIVE);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_GET_SOURCE_CONFIG, 0, MSI);
    script.add(
        0,
        TraceKind.HCALL_RETURN,
        Hcall.H_INT_GET_SOURCE_CONFIG,
        Hcall.H_SUCCESS,
        Long.decode(target),
        Long.decode(priority),
        eisn);

    OrderedResult result = replay(script);

    assertEquals(divergences, result.divergenceCount());
    assertEquals(1 - divergences, result.differences().size());
  }

  @Test
  void sourcesAfterReset_areOff_once() throws Exception {
    TraceScript script = new TraceScript(TraceMode.XIVE);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_SET_QUEUE_CONFIG, 1, 1, 6, 0x10000, 16);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_SET_SOURCE_CONFIG, 2, MSI, 1, 6, 0x21);
    script.add(0, TraceKind.ESB_LOAD, MSI, 0x10c00, 1);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_RESET, 0);
    script.add(0, TraceKind.ESB_LOAD, MSI, 0x10d00, 0);
    script.add(0, TraceKind.ESB_LOAD, MSI, 0x10d00, 0);

    OrderedResult result = replay(script);

    assertEquals(Map.of(KnownDifference.RESET_TURNS_SOURCES_OFF, 1L), result.differences());
    assertEquals(1, result.divergenceCount(), "the second load gives 1, and no reset explains it");
    assertEquals(6, result.divergences().get(0).sequence());
  }

  @Test
  void interruptOfAVcpuThatIsOutside_isSeenWhenItEnters() throws Exception {
    TraceScript script = new TraceScript(TraceMode.XIVE);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_SET_QUEUE_CONFIG, 1, 1, 6, 0x10000, 16);
    script.add(0, TraceKind.HCALL, Hcall.H_INT_SET_SOURCE_CONFIG, 2, MSI, 1, 6, 0x21);
    script.add(0, TraceKind.ESB_LOAD, MSI, 0x10c00, 1);
    script.add(1, TraceKind.TIMA_STORE, 0x20011, 1, 0xff);
    script.add(1, TraceKind.TCTX_SET_CPPR, 1, 0x10, 0, 0xff, 0xff, 0);
    script.add(-1, TraceKind.SET_LINE, MSI, 1);
    script.add(-1, TraceKind.PRESENTER_NOTIFY, 0, 0x401, 0x10);
    script.add(-1, TraceKind.TCTX_NOTIFY, 1, 0x10, 2, 6, 0xff, 0x80);
    script.add(-1, TraceKind.PIN, 1, 1);
    script.add(1, TraceKind.TIMA_LOAD, 0x20810, 2, 0x8006);
    script.add(1, TraceKind.TCTX_ACCEPT, 1, 0x10, 0, 0xff, 6, 0);

    OrderedResult result = replay(script);

    assertEquals(0, result.divergenceCount(), result.toString());
  }
}
