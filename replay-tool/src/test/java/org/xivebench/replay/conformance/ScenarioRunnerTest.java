package org.xivebench.replay.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Quirks;
import org.xivebench.xivenative.XiveNativeDeviceType;

final class ScenarioRunnerTest {
  private static DeviceType backend(IrqType mode) {
    return mode == IrqType.XIVE ? new XiveNativeDeviceType() : new XicsDeviceType();
  }

  private static DeviceType noBackend(IrqType mode) {
    throw new AssertionError("no in-kernel device is needed");
  }

  @TempDir Path folder;

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(ScenarioRunnerTest.class.getResource("/conformance/" + name).toURI());
  }

  @TestFactory
  Stream<DynamicTest> run_ofWhatQemuAnswered_withItsQuirks_hasNoMismatch() {
    return Stream.of(
            "qemu/xive/19-dual-switch.jsonl",
            "qemu/xive/20-h-int-reset.jsonl",
            "qemu/xive/22-unclaimed-lisn.jsonl",
            "qemu/xive/23-esb-access-size.jsonl",
            "qemu/xive/random-clean-01.jsonl.gz",
            "qemu/xics/08-nested.jsonl.gz",
            "qemu/xics/12-sparse-servers.jsonl")
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name,
                    () -> assertPasses(name, ScenarioRunnerTest::noBackend, Quirks.QEMU_7_2)));
  }

  @Test
  void run_ofCleanFile_withoutQuirks_hasNoMismatch() throws Exception {
    assertPasses("qemu/xive/random-clean-01.jsonl.gz", ScenarioRunnerTest::noBackend, Quirks.NONE);
  }

  @Test
  void run_ofPeculiarFile_withoutQuirks_hasMismatch() throws Exception {
    ScenarioResult result =
        new ScenarioRunner(ScenarioRunnerTest::noBackend, Quirks.NONE, false)
            .run(resource("qemu/xive/20-h-int-reset.jsonl"), null);
    assertFalse(result.passed());
  }

  @Test
  void run_ofXicsFileForKvm_onTheInKernelDevice_hasNoMismatch() throws Exception {
    ScenarioResult result =
        assertPasses("kvm/xics/random-kvm-02.jsonl.gz", ScenarioRunnerTest::backend, Quirks.NONE);
    assertEquals(Irqchip.IN_KERNEL, result.irqchip());
  }

  @Test
  void run_ofXiveFileForKvm_onTheInKernelDevice_hasNoMismatch() throws Exception {
    ScenarioResult result =
        assertPasses("kvm/xive/random-kvm-02.jsonl.gz", ScenarioRunnerTest::backend, Quirks.NONE);
    assertEquals(Irqchip.IN_KERNEL, result.irqchip());
  }

  private static ScenarioResult assertPasses(
      String name, Function<IrqType, DeviceType> types, Quirks quirks)
      throws IOException, URISyntaxException {
    ScenarioResult result = new ScenarioRunner(types, quirks, false).run(resource(name), null);
    assertEquals(List.of(), result.mismatches());
    assertEquals(0, result.mismatchCount());
    assertTrue(result.operations() > 10, "operations: " + result.operations());
    return result;
  }

  private static final String HEADER =
      """
      {"op":"header","format":1,"scenario":"made","ic_mode":"xics","smp":2,"servers":[0,1],\
      "ram_mb":16,"irq_map":{"ipi":["0x2"],"lsi":["0x1200"],"msi":["0x1300"]}}
      """;

  /** Both results are wrong: CPPR 0 admits nothing, and server 1 exists. */
  private Path fileWithTwoWrongResults() throws IOException {
    return Files.writeString(
        folder.resolve("wrong.jsonl"),
        HEADER
            + """
            {"op":"note","text":"two wrong results"}
            {"op":"hcall","cpu":1,"name":"H_IPI","args":["0x0","0x4"],"ret":"H_SUCCESS","out":[]}
            {"op":"ext_probe","cpu":0,"value":1}
            {"op":"hcall","cpu":0,"name":"H_IPOLL","args":["0x1"],"ret":"H_PARAMETER","out":[]}
            {"op":"ext_probe","cpu":1,"value":0}
            {"op":"end","ops":4}
            """,
        UTF_8);
  }

  @Test
  void run_withMismatch_stopsThere() throws Exception {
    ScenarioResult result =
        new ScenarioRunner(ScenarioRunnerTest::noBackend, Quirks.NONE, false)
            .run(fileWithTwoWrongResults(), null);
    assertEquals(1, result.mismatchCount());
    assertEquals(2, result.operations());
    Mismatch mismatch = result.mismatches().get(0);
    assertEquals(4, mismatch.line());
    assertEquals("0x1", mismatch.expected().toString());
    assertEquals("0x0", mismatch.got().toString());
    assertEquals(2, mismatch.before().size());
  }

  @Test
  void run_withMismatchAndKeepGoing_countsAll() throws Exception {
    ScenarioResult result =
        new ScenarioRunner(ScenarioRunnerTest::noBackend, Quirks.NONE, true)
            .run(fileWithTwoWrongResults(), null);
    assertEquals(2, result.mismatchCount());
    assertEquals(4, result.operations());
    assertEquals("H_PARAMETER", result.mismatches().get(1).expected().toString());
    assertEquals("H_SUCCESS", result.mismatches().get(1).got().toString());
  }
}
