package org.xivebench.replay.ordered;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.xive.Quirks;

/** The shipped samples, recorded on QEMU 7.2, on the emulated controllers. */
class SampleOrderedReplayTest {
  private static final Path SAMPLES = Path.of("..", "samples");

  /** The digest is the same on every machine and JDK; a change of behaviour changes it. */
  @ParameterizedTest
  @CsvSource({
    "snap-xive.jfr, 108867, 81095, 95834c2aae9ed49f",
    "boot-xics.jfr, 34170, 23548, fea01af5c466a572",
  })
  void sample_repliesToTheBit(String name, long events, long checked, String digest)
      throws Exception {
    OrderedResult result =
        TraceScript.replay(SAMPLES.resolve(name), OrderedOptions.emulated(Quirks.QEMU_7_2, false));

    assertEquals(0, result.divergenceCount(), result.divergences().toString());
    assertEquals(events, result.events());
    assertEquals(checked, result.checkedCount());
    assertEquals(Long.parseUnsignedLong(digest, 16), result.digest());
  }

  /** Its calls have no recorded results, so that none can differ as they are known to. */
  @Test
  void xiveSample_onTheInKernelDevice_repliesToTheBit() throws Exception {
    OrderedResult result =
        TraceScript.replay(
            SAMPLES.resolve("snap-xive.jfr"),
            new OrderedOptions(Irqchip.IN_KERNEL, Quirks.NONE, TraceScript.BACKENDS, false, 1));

    assertEquals(0, result.divergenceCount(), result.divergences().toString());
    assertEquals(81_095, result.checkedCount());
    assertEquals(Map.of(), result.differences());
  }
}
