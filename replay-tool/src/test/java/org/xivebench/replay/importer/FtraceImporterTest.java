package org.xivebench.replay.importer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.InputException;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.ConcurrentReplay;
import org.xivebench.replay.engine.ReplayOptions;
import org.xivebench.replay.engine.ReplayResult;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/**
 * Imports of kernel traces. {@code ftrace-xive.txt.gz} and {@code ftrace-xive-qemu.log.gz} are the
 * same seconds of one machine, as its guest's kernel and as QEMU saw them.
 */
@Timeout(120)
final class FtraceImporterTest {
  private static final String EOI_OFFSET = "0x10c00";

  @TempDir private Path folder;

  private record Imported(ImportReport report, TraceHeader header, List<TraceEvent> events) {
    Map<Long, Long> count(TraceField by, Predicate<TraceEvent> which) {
      return events.stream()
          .filter(which)
          .collect(Collectors.groupingBy(e -> e.get(by), TreeMap::new, Collectors.counting()));
    }

    List<String> lines() {
      return events.stream().map(TraceEvent::toString).toList();
    }
  }

  private Imported imported(Path text) throws IOException {
    Path out = folder.resolve("out.jfr");
    ImportReport report =
        FtraceImporter.run(
            text,
            FtraceImporter.TIMEBASE_HZ,
            ReadMode.STRICT,
            Files.newOutputStream(out),
            Progress.NONE,
            new Cancellation());
    return read(report, out);
  }

  private Imported imported(String text) throws IOException {
    return imported(Files.writeString(folder.resolve("text.txt"), text));
  }

  private static Imported read(ImportReport report, Path trace) throws IOException {
    List<TraceEvent> events = new ArrayList<>();
    try (TraceReader reader = TraceReader.open(trace)) {
      TraceEvent event;
      while ((event = reader.next()) != null) {
        events.add(new TraceEvent().copyFrom(event));
      }
      return new Imported(report, reader.header(), events);
    }
  }

  private Path resource(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = FtraceImporterTest.class.getResourceAsStream(name)) {
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  private String sample() throws IOException {
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(resource("ftrace-xive.txt.gz")))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static boolean isRouting(TraceEvent event) {
    return event.kind() == TraceKind.HCALL
        && event.getInt(TraceField.OPCODE) == Hcall.H_INT_SET_SOURCE_CONFIG
        && !event.getBoolean(TraceField.INFERRED);
  }

  private static boolean isEoi(TraceEvent event) {
    return event.kind() == TraceKind.ESB_LOAD && event.toString().contains(EOI_OFFSET);
  }

  private static boolean isTrigger(TraceEvent event) {
    return event.kind() == TraceKind.SET_LINE && event.get(TraceField.LEVEL) == 1;
  }

  @Test
  void kernelTrace_besideQemusLogOfTheSameRun_hasTheSameInterrupts() throws IOException {
    Imported kernel = imported(resource("ftrace-xive.txt.gz"));
    Path out = folder.resolve("qemu.jfr");
    Imported qemu =
        read(
            QemuLogImporter.run(
                resource("ftrace-xive-qemu.log.gz"),
                Files.newOutputStream(out),
                Progress.NONE,
                new Cancellation()),
            out);

    List<List<Long>> routings = routings(kernel);
    assertEquals(44, routings.size());
    assertEquals(routings(qemu), routings);
    assertEquals(
        qemu.count(TraceField.SOURCE, FtraceImporterTest::isEoi),
        kernel.count(TraceField.SOURCE, FtraceImporterTest::isEoi));
    assertEquals(
        qemu.count(TraceField.SOURCE, e -> e.kind() == TraceKind.ESB_STORE),
        kernel.count(TraceField.SOURCE, e -> e.kind() == TraceKind.ESB_STORE));
    // The first interrupt of each source was sent before the text begins, and taken in it.
    assertEquals(
        Map.of(0x1102L, 37L, 0x1303L, 5L), qemu.count(TraceField.SOURCE, e -> isTrigger(e)));
    assertEquals(
        Map.of(0x1102L, 38L, 0x1303L, 6L), kernel.count(TraceField.SOURCE, e -> isTrigger(e)));
  }

  private static List<List<Long>> routings(Imported imported) {
    return imported.events().stream()
        .filter(FtraceImporterTest::isRouting)
        .map(
            e ->
                List.of(
                    e.get(TraceField.ARG0),
                    e.get(TraceField.ARG1),
                    e.get(TraceField.ARG2),
                    e.get(TraceField.ARG3),
                    e.get(TraceField.ARG4)))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void kernelTrace_replayedWithSwaps_losesNothing(boolean xiveFirst) throws Exception {
    imported(resource("ftrace-xive.txt.gz"));
    ReplayOptions options =
        ReplayOptions.on(
                xiveFirst
                    ? List.of(new XiveNativeDeviceType(), new XicsDeviceType())
                    : List.of(new XicsDeviceType(), new XiveNativeDeviceType()))
            .withSwapEvery(50);
    ReplayResult result =
        new ConcurrentReplay(
                () -> TraceEvents.of(TraceReader.open(folder.resolve("out.jfr"))),
                options,
                new Cancellation(),
                Progress.NONE)
            .run();

    assertTrue(result.isClean(), result.toString());
    assertEquals(38 + 6 + 105, result.triggered());
    assertEquals(0, result.dropped());
  }

  @Test
  void kernelTrace_inOtherToolsForms_isTheSameTrace() throws IOException {
    List<String> lines = imported(seconds(line -> line)).lines();

    assertTrue(lines.size() > 400);
    assertEquals(lines, imported(seconds(FtraceImporterTest::asTraceCmd)).lines(), "trace-cmd");
    assertEquals(lines, imported(seconds(FtraceImporterTest::asPerf)).lines(), "perf");
    assertEquals(lines, imported(seconds(line -> line).replace("\n", "\r\n")).lines(), "CR LF");
  }

  /** The sample with times in seconds, each line changed. */
  private String seconds(UnaryOperator<String> form) throws IOException {
    return sample()
        .lines()
        .map(line -> line.replaceFirst(" (\\d{2})(\\d{6})(\\d{3}): ", "   $1.$2: "))
        .map(form)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String asTraceCmd(String line) {
    return line.startsWith("#")
        ? "cpus=4"
        : line.replaceFirst("\\] [a-zA-Z.]{5} ", "] ").replaceFirst(": (\\w+): ", ": $1:    ");
  }

  private static String asPerf(String line) {
    return line.startsWith("#")
        ? ""
        : line.replaceFirst("^ *(\\S+)-(\\d+) +\\[", "$1  $2 [")
            .replaceFirst("\\] [a-zA-Z.]{5} ", "] ")
            .replaceFirst(": (\\w+): ", ":          1 irq:$1: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "xz"})
  void kernelTrace_compressed_isTheSame(String how) throws IOException {
    byte[] text = sample().getBytes(UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var out =
        how.equals("gz")
            ? new GZIPOutputStream(bytes)
            : new XZOutputStream(bytes, new LZMA2Options(1))) {
      out.write(text);
    }
    Path file = Files.write(folder.resolve("text." + how), bytes.toByteArray());

    assertEquals(imported(new String(text, UTF_8)).lines(), imported(file).lines());

    Files.write(file, java.util.Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
    InputException e = assertThrows(InputException.class, () -> imported(file));
    assertTrue(e.getMessage().contains("cannot be decompressed"), e.getMessage());
    assertTrue(e.getMessage().startsWith(file + ": after line "), e.getMessage());
  }

  @Test
  void irqsWithoutConfigure_imported_areApproximate() throws IOException {
    String text =
        """
        <idle>-0 [000] d.h.. 10.000001: irq_handler_entry: irq=24 name=eth0
        <idle>-0 [000] d.h.. 10.000002: irq_handler_exit: irq=24 ret=handled
          bash-7 [001] d.h.. 10.000003: irq_handler_entry: irq=25 name=sda
          bash-7 [001] d.h.. 10.000004: irq_handler_exit: irq=25 ret=handled
        """;
    Imported imported = imported(text);

    assertTrue(imported.header().origin().endsWith("; approximate"), imported.header().origin());
    assertTrue(
        imported.report().approximations().toString().contains("2 irqs stand for sources of which"),
        imported.report().approximations().toString());
    assertEquals(
        Map.of(0x1300L, 1L, 0x1301L, 1L), imported.count(TraceField.SOURCE, e -> isTrigger(e)));

    String configured =
        text
            + """
            bash-7 [001] d.... 10.000005: configure_irq: (f+0xc/0x170) hw=0x1102 target=0x0 prio=0x6 sw=0x18
            bash-7 [001] d.... 10.000006: configure_irq: (f+0xc/0x170) hw=0x1201 target=0x1 prio=0x6 sw=0x19
            """;
    Imported exact = imported(configured);
    assertFalse(exact.header().origin().contains("approximate"), exact.header().origin());
    assertEquals(
        Map.of(0x1102L, 1L, 0x1201L, 1L), exact.count(TraceField.SOURCE, e -> isTrigger(e)));
  }

  @Test
  void sharedIrq_handledByTwoActions_isOneInterrupt() throws IOException {
    Imported imported =
        imported(
            """
            <idle>-0 [000] d.h.. 10.000001: irq_handler_entry: irq=24 name=eth0
            <idle>-0 [000] d.h.. 10.000002: irq_handler_exit: irq=24 ret=unhandled
            <idle>-0 [000] d.h.. 10.000003: irq_handler_entry: irq=24 name=eth1
            <idle>-0 [000] d.h.. 10.000004: irq_handler_exit: irq=24 ret=handled
            """);
    assertEquals(Map.of(0x1300L, 1L), imported.count(TraceField.SOURCE, e -> isTrigger(e)));
  }

  @Test
  void ipisByTracepoint_imported_haveTheirTargets() throws IOException {
    Imported imported =
        imported(
            """
            <idle>-0 [003] d.h.. 10.000001: ipi_raise: target_mask=00000000,00000005 (Rescheduling)
            <idle>-0 [000] d.h.. 10.000002: irq_handler_entry: irq=16 name=IPI-0
            <idle>-0 [000] d.h.. 10.000003: irq_handler_exit: irq=16 ret=handled
            """);
    assertEquals(
        Map.of(0L, 1L, 2L, 1L),
        imported.count(TraceField.SOURCE, e -> e.kind() == TraceKind.ESB_STORE));
    assertEquals(Map.of(0L, 1L), imported.count(TraceField.SOURCE, FtraceImporterTest::isEoi));

    Imported ranges =
        imported("a-1 [001] d.h.. 10.5: ipi_send_cpumask: cpumask=0,2-3 callsite=x callback=y\n");
    assertEquals(
        Map.of(0L, 1L, 2L, 1L, 3L, 1L),
        imported("a-1 [003] d.h.. 10.5: ipi_send_cpumask: cpumask=0,2-3 callsite=x callback=y\n")
            .count(TraceField.SOURCE, e -> e.kind() == TraceKind.ESB_STORE));
    assertEquals(2, ranges.header().vcpuCount());
  }

  @Test
  void guestInXicsMode_imported_hasItsHypercalls() throws IOException {
    Imported imported =
        imported(
            """
            a-1 [001] d.h.. 10.000001: icp_cause_ipi: (icp_hv_cause_ipi+0xc/0x60) cpu=0
            a-0 [000] d.h.. 10.000002: icp_get_irq_ret: (__do_irq+0x40 <- icp_hv_get_irq) virq=16
            a-0 [000] d.h.. 10.000003: irq_handler_entry: irq=16 name=IPI
            a-0 [000] d.h.. 10.000004: icp_eoi: (icp_hv_eoi+0xc/0x60) irq=16 hwirq=0x2
            a-0 [000] d.h.. 10.000005: icp_get_irq_ret: (__do_irq+0x40 <- icp_hv_get_irq) virq=20
            a-0 [000] d.h.. 10.000006: icp_eoi: (icp_hv_eoi+0xc/0x60) irq=20 hwirq=0x1301
            a-0 [000] d.... 10.000007: ics_mask: (ics_rtas_mask_irq+0x8/0x60) irq=20 hwirq=0x1301
            """);
    assertEquals(TraceMode.XICS, imported.header().mode());
    assertEquals(
        List.of(
            "#1 SourceConfig source=0x1301 server=0x0 priority=0x5",
            "#2 vcpu 1 Hcall opcode=0x6c arg0=0x0 arg1=0x4 arg2=0x0 arg3=0x0 arg4=0x0"
                + " inferred=true",
            "#3 vcpu 0 Hcall opcode=0x64 arg0=0xff000002 arg1=0x0 arg2=0x0 arg3=0x0 arg4=0x0"
                + " inferred=true",
            "#4 vcpu 0 IcpEoi server=0x0 xirr=0xff000002 newXirr=0xff000000",
            "#5 SetLine source=0x1301 level=0x1 inferred=true",
            "#6 SetLine source=0x1301 level=0x0 inferred=true",
            "#7 vcpu 0 Hcall opcode=0x64 arg0=0xff001301 arg1=0x0 arg2=0x0 arg3=0x0 arg4=0x0"
                + " inferred=true",
            "#8 vcpu 0 IcpEoi server=0x0 xirr=0xff001301 newXirr=0xff000000",
            "#9 vcpu 0 RtasCall function=0x2 source=0x1301 server=0x0 priority=0x5"),
        imported.lines());
  }

  @Test
  void host_imported_hasItsGuestsCalls() throws IOException {
    Imported imported =
        imported(
            """
             CPU 0/KVM-9 [017] ..... 10.1: kvm_guest_enter: VCPU 8: pc=0xc00 pexcp=0x0 ceded=0
             CPU 0/KVM-9 [017] ..... 10.2: irq_handler_entry: irq=99 name=nvme0q1
             CPU 0/KVM-9 [017] ..... 10.3: kvm_guest_exit: VCPU 8: trap=SYSCALL pc=0xc00 msr=0x80, ceded=0
             CPU 0/KVM-9 [017] ..... 10.4: kvm_hcall_enter: VCPU 8: hcall=0x3ac GPR4-7=0x2,0x1302,0x8,0x6
             CPU 0/KVM-9 [017] ..... 10.5: kvm_hcall_exit: VCPU 8: ret=RESUME_GUEST hcall_rc=H_SUCCESS
             CPU 0/KVM-9 [017] ..... 10.6: kvm_hcall_enter: VCPU 8: hcall=H_CEDE GPR4-7=0x0,0x0,0x0,0x0
            """);
    assertEquals(List.of(8), imported.header().servers());
    assertEquals(
        List.of(
            "#1 vcpu 0 VcpuEnter",
            "#2 vcpu 0 VcpuExit reason=0x0",
            "#3 vcpu 0 Hcall opcode=0x3ac arg0=0x2 arg1=0x1302 arg2=0x8 arg3=0x6 arg4=0x0"
                + " inferred=false",
            "#4 vcpu 0 HcallReturn opcode=0x3ac status=0x0 arg0=0x0 arg1=0x0 arg2=0x0 arg3=0x0"),
        imported.lines());
    assertEquals(
        Map.of(
            "interrupts of the host, which are not its guests'", 1L,
            "hypercalls that do not concern interrupts", 1L),
        imported.report().skipped());
  }

  @Test
  void lostEvents_imported_areTold() throws IOException {
    Imported imported =
        imported(
            """
            # entries-in-buffer/entries-written: 100/350   #P:4
            CPU:2 [LOST 12 EVENTS]
            a-0 [000] d.h.. 10.000001: irq_handler_entry: irq=24 name=eth0
            """);
    assertTrue(
        imported.report().approximations().contains("at least 262 events were lost by the tracer"),
        imported.report().approximations().toString());
  }

  @Test
  void probesByOtherNames_imported_areKnownByTheirFunction() throws IOException {
    Imported imported =
        imported(
            """
            a 1 [000] 10.000001: probe:xive_get_irq__return: (c00 <- c01) arg1=24
            a 1 [000] 10.000002: probe:xive_irq_eoi: (c0000000000c1234) irq=24 hwirq=0x1102
            a 1 [001] 10.000003: kprobes:p_xive_cause_ipi_0: (xive_cause_ipi+0x0/0x60) cpu=0x0
            """);
    assertEquals(Map.of(0x1102L, 1L), imported.count(TraceField.SOURCE, e -> isTrigger(e)));
    assertEquals(
        Map.of(0L, 1L), imported.count(TraceField.SOURCE, e -> e.kind() == TraceKind.ESB_STORE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a-1 [000] d.h.. 10.1: irq_handler_entry: name=eth0 | irq_handler_entry without irq",
        "a-1 [000] d.h.. 10.1: irq_handler_entry: irq=x name=e | arguments of irq_handler_entry",
        "a-1 [000] d.... 10.1: configure_irq: hw=0x1102 target=0x0 | configure_irq without sw",
        "a-1 [000] d.... 10.1: kvm_guest_enter: pc=0 | kvm_guest_enter that does not name its vCPU",
        "a-1 [000] d.... 10.1: kvm_hcall_enter: VCPU 0: hcall= | a hypercall that cannot be read",
        "a-1 [99999] d.... 10.1: irq_handler_entry: irq=1 name=e | CPU 99999: a machine has",
        "a-1 [000] d.... 10.1: ipi_raise: mask=3 | an IPI whose targets cannot be read",
      })
  void badLine_imported_isNamedWithItsNumber(String line, String expected) {
    InputException e = assertThrows(InputException.class, () -> imported("# a\n" + line + "\n"));
    assertTrue(e.getMessage().contains("text.txt: line 2: " + expected), e.getMessage());
  }

  @Test
  void noTrace_imported_isRefused() {
    for (String text : List.of("", "a letter\nto somebody\n")) {
      InputException e = assertThrows(InputException.class, () -> imported(text));
      assertTrue(e.getMessage().contains("holds no event of an interrupt"), e.getMessage());
    }
    InputException cut =
        assertThrows(
            InputException.class,
            () -> imported("a-1 [000] d.h.. 10.1: irq_handler_entry: irq=24 na"));
    assertTrue(cut.getMessage().contains("line 1: the text is cut off"), cut.getMessage());
  }
}
