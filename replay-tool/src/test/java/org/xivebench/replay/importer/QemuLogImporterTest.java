package org.xivebench.replay.importer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.InputException;
import org.xivebench.replay.Progress;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceReader;

/** Excerpts of real logs become the events that they show. */
final class QemuLogImporterTest {
  @TempDir private Path folder;
  private TraceHeader header;
  private ImportReport report;

  @Test
  void xiveLog_imported_hasMachineAndModes() throws IOException {
    importResource("xive.log");
    assertEquals(TraceMode.XIVE, header.mode());
    assertEquals(List.of(0, 1), header.servers());
    assertTrue(header.sources().contains(new TraceHeader.Source(0x1200, true)));
    assertTrue(header.sources().contains(new TraceHeader.Source(0x1304, false)));
    assertEquals(1, report.taken().get(TraceKind.MACHINE_RESET));
    assertEquals(1, report.taken().get(TraceKind.SNAPSHOT));
    assertEquals(72, report.lines());
  }

  @Test
  void acknowledgeWrittenLast_imported_comesBeforeItsEffects() throws IOException {
    List<String> events = importResource("xive.log");
    assertSequence(
        events,
        "vcpu 0 SetLine source=0x1200 level=0x1 inferred=false",
        "vcpu 0 PresenterNotify nvtBlock=0x0 nvtIndex=0x401 ring=0x10",
        "vcpu 0 TctxNotify target=0x1 ring=0x10 ipb=0x2 pipr=0x6 cppr=0xff nsr=0x80",
        "vcpu 0 Pin target=0x1 level=0x1",
        "vcpu 1 TimaLoad offset=0x20810 size=0x2 value=0x8006",
        "vcpu 1 Pin target=0x1 level=0x0",
        "vcpu 1 TctxAccept target=0x1 ring=0x10 ipb=0x0 pipr=0xff cppr=0x6 nsr=0x0",
        "vcpu 1 SetLine source=0x1200 level=0x0 inferred=false",
        "vcpu 1 Hcall opcode=0x3c8 arg0=0x0 arg1=0x1200 arg2=0x0 arg3=0x0 arg4=0x0 inferred=false",
        "vcpu 1 EsbLoad source=0x1200 offset=0x10000 value=0x0 byHcall=true",
        "vcpu 1 TimaStore offset=0x20011 size=0x1 value=0xff");
  }

  @Test
  void eoiThatNotifies_imported_comesBeforeItsEffects() throws IOException {
    List<String> events =
        importText(
            "7@1.000001:xive_tctx_set_cppr target=1 ring=0x10 IPB=0x00 PIPR=0xff new CPPR=0xff"
                + " NSR=0x00",
            "7@1.000002:xive_source_esb_write @0x20000 IRQ 0x1 val=0x0",
            "7@1.000003:xive_presenter_notify found NVT 0x0/0x400 ring=0x10 group_level=0",
            "7@1.000004:xive_presenter_notify found NVT 0x0/0x401 ring=0x10 group_level=0",
            "7@1.000005:xive_source_esb_read @0x24010000 IRQ 0x1200 val=0x1",
            "7@1.000006:xive_tctx_tm_read target=1 @0x20810 sz=2 val=0x6");
    assertSequence(
        events,
        "vcpu 1 EsbStore source=0x1 offset=0x0 value=0x0 byHcall=false",
        "vcpu 1 PresenterNotify nvtBlock=0x0 nvtIndex=0x400 ring=0x10",
        "vcpu 1 EsbLoad source=0x1200 offset=0x10000 value=0x1 byHcall=false",
        "vcpu 1 PresenterNotify nvtBlock=0x0 nvtIndex=0x401 ring=0x10",
        "vcpu 1 TimaLoad offset=0x20810 size=0x2 value=0x6");
  }

  @Test
  void xicsLogWithHypercalls_imported_hasCallersAndResults() throws IOException {
    List<String> events = importResource("xics-deep.log");
    assertEquals(TraceMode.XICS, header.mode());
    assertSequence(
        events,
        "Hcall opcode=0x6c arg0=0x0 arg1=0x4",
        "IcpIpi server=0x0 mfrr=0x4",
        "Pin target=0x0 level=0x1",
        "vcpu 1 HcallReturn opcode=0x6c status=0x0 arg0=0x0 arg1=0x4",
        "vcpu 0 Hcall opcode=0x74 arg0=0xff",
        "vcpu 0 Pin target=0x0 level=0x0",
        "vcpu 0 IcpAccept server=0x0 xirr=0xff000002 newXirr=0x4000000",
        "vcpu 0 HcallReturn opcode=0x74 status=0x0 arg0=0xff000002",
        "Hcall opcode=0x6c arg0=0x0 arg1=0xff");
  }

  @Test
  void xicsLogWithoutHypercalls_imported_infersThem() throws IOException {
    List<String> events =
        importText(
            "5@1.000001:xics_ics_write_xive ics_write_xive: irq 0x1200 [src 512] server 0x0 prio"
                + " 0x5",
            "5@1.000002:xics_ics_set_irq_lsi set_irq_lsi: srcno 512 [irq 0x1200]",
            "5@1.000003:xics_icp_irq cpu 0 trying to deliver irq 0x1200 priority 0x5",
            "5@1.000004:xics_icp_raise raising IRQ new XIRR=0xff001200 new pending priority=0x5",
            "5@1.000005:ppc_irq_set env [0x55e0] pin 0 level 1",
            "6@1.000006:ppc_irq_set env [0x55e0] pin 0 level 0",
            "6@1.000007:xics_icp_accept icp_accept: XIRR 0xff001200->0x5000000",
            "6@1.000008:xics_ics_set_irq_lsi set_irq_lsi: srcno 512 [irq 0x1200]",
            "6@1.000009:xics_icp_eoi icp_eoi: server 0 given XIRR 0xff001200 new XIRR 0xff000000",
            "6@1.000010:xics_ics_eoi ics_eoi: irq 0x1200",
            "5@1.000011:xics_ics_set_irq_msi set_irq_msi: srcno 1 [irq 0x1001]",
            "5@1.000012:xics_ics_set_irq_msi set_irq_msi: srcno 1 [irq 0x1001]");
    assertSequence(
        events,
        "SourceConfig source=0x1200 server=0x0 priority=0x5",
        "SetLine source=0x1200 level=0x1 inferred=true",
        "IcpPresent server=0x0 source=0x1200 priority=0x5",
        "IcpRaise xirr=0xff001200 pendingPriority=0x5",
        "Pin target=0x0 level=0x1",
        "vcpu 0 Hcall opcode=0x74 arg0=0x0 arg1=0x0 arg2=0x0 arg3=0x0 arg4=0x0 inferred=true",
        "vcpu 0 Pin target=0x0 level=0x0",
        "vcpu 0 IcpAccept server=0x0 xirr=0xff001200 newXirr=0x5000000",
        "vcpu 0 SetLine source=0x1200 level=0x0 inferred=true",
        "vcpu 0 Hcall opcode=0x64 arg0=0xff001200",
        "vcpu 0 IcpEoi server=0x0 xirr=0xff001200 newXirr=0xff000000",
        "vcpu 0 IcsEoi source=0x1200",
        "SetLine source=0x1001 level=0x1 inferred=true",
        "SetLine source=0x1001 level=0x0 inferred=true");
  }

  @Test
  void modeChosenTwice_imported_changesAndReturnsAtReset() throws IOException {
    List<String> events =
        importText(
            "1@1.000000:spapr_vio_free_crq CRQ for dev 0x71000003 freed",
            "6@1.000001:xics_icp_eoi icp_eoi: server 0 given XIRR 0xff000002 new XIRR 0xff000000",
            "6@1.000002:spapr_cas_continue Copy changes to the guest: 10 bytes",
            "6@1.000003:xive_tctx_tm_write @0x20011 sz=1 val=0xff",
            "1@1.000004:spapr_vio_free_crq CRQ for dev 0x71000003 freed",
            "1@1.000005:spapr_vio_free_crq CRQ for dev 0x71000002 freed",
            "1@1.000006:spapr_update_dt New blob 1 bytes",
            "6@1.000007:spapr_cas_continue Copy changes to the guest: 10 bytes",
            "6@1.000008:xics_icp_eoi icp_eoi: server 0 given XIRR 0xff000002 new XIRR 0xff000000");
    assertEquals(TraceMode.DUAL, header.mode());
    List<String> changes =
        events.stream().filter(e -> e.contains("ModeChange") || e.contains("Reset")).toList();
    assertSequence(
        changes,
        "MachineReset",
        "ModeChange mode=0x0",
        "MachineReset",
        "ModeChange mode=0x1",
        "ModeChange mode=0x1");
    assertEquals(5, changes.size());
  }

  @Test
  void compressedLog_imported_isTheSame() throws IOException {
    byte[] log = resource("xive.log");
    List<String> plain = importBytes("plain.log", log);
    ByteArrayOutputStream gz = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(gz)) {
      out.write(log);
    }
    ByteArrayOutputStream xz = new ByteArrayOutputStream();
    try (OutputStream out = new XZOutputStream(xz, new LZMA2Options(0))) {
      out.write(log);
    }
    assertEquals(plain, importBytes("log.gz", gz.toByteArray()));
    assertEquals(plain, importBytes("log.xz", xz.toByteArray()));
    assertRefused("log.gz", Arrays.copyOf(gz.toByteArray(), gz.size() / 2), "is cut off");
    assertRefused("log.xz", Arrays.copyOf(xz.toByteArray(), xz.size() / 2), "is cut off");
  }

  @Test
  void logOfQemu10_imported_isTheSameAsOf7() throws IOException {
    String log = new String(resource("xive.log"), UTF_8);
    String later =
        log.replace(" IBP=", " IPB=")
            .replaceAll("(xive_tctx_tm_\\w+) @", "$1 target=1 @")
            .replaceAll("(found NVT .* ring=\\w+)", "$1 group_level=0");
    assertTrue(later.contains(" IPB=") && later.contains(" target=1 @"), later);
    assertTrue(later.contains(" group_level=0"), later);
    assertEquals(
        importBytes("7.log", log.getBytes(UTF_8)), importBytes("10.log", later.getBytes(UTF_8)));
  }

  @Test
  void unknownLines_imported_areCountedByKind() throws IOException {
    importText(
        "1@1.000001:spapr_xive_claim_irq lisn=0x0 lsi=0",
        "1@1.000002:xive_source_blocked No action needed for IRQ 0x0 currently",
        "1@1.000003:spapr_drc_reset drc: 0x40000000",
        "warning: something",
        "syscall r0=1");
    assertEquals(1, report.skipped().get("unknown event xive_source_blocked"));
    assertEquals(1, report.skipped().get("events of the machine around the controller"));
    assertEquals(1, report.skipped().get("lines of no known kind"));
    assertEquals(1, report.skipped().get("exceptions and system calls of the guest"));
    assertEquals(5, report.lines());
  }

  @Test
  void malformedLines_imported_areNamedWithTheirNumber() {
    String claim = "1@1.000001:spapr_xive_claim_irq lisn=0x0 lsi=0\n";
    assertRefused("a.log", claim + "1@1.000002:spapr_xive_set_irq lisn=x\n", "a.log: line 2: ");
    assertRefused("a.log", claim + claim + "1@1:spapr_xive_set_irq\n", "a.log: line 3: ");
    assertRefused("a.log", claim + "hypercall r3=12 r4=zz\n", "a.log: line 2: a hypercall");
    assertRefused("a.log", claim + "1@1.000002:spapr_xive_set_irq lisn=0x0", "cut off");
    assertRefused("a.log", "hello\n", "holds no trace event");
    assertRefused("a.log", "spapr_xive_claim_irq lisn=0x0 lsi=0\n", "'-msg timestamp=on'");
    assertRefused("a.log", "", "holds no trace event");
  }

  @Test
  void logCutOffInALine_salvaged_isTakenUpToThere() throws IOException {
    String claim = "1@1.000001:spapr_xive_claim_irq lisn=0x0 lsi=0\n";
    byte[] log = (claim + claim + "1@1.000002:spapr_xive_claim_irq lisn=0x1").getBytes(UTF_8);

    List<String> events = importBytes("a.log", log, ReadMode.SALVAGE);

    assertEquals(2, events.size());
    assertEquals(2, report.lines());
    assertEquals("line 3, which is cut off", report.loss());
    importBytes("a.log", (claim + claim).getBytes(UTF_8), ReadMode.SALVAGE);
    assertNull(report.loss());
  }

  @Test
  void compressedLogCutOff_salvaged_isTakenUpToThere() throws IOException {
    byte[] log = resource("xive.log");
    int all = importBytes("plain.log", log).size();
    ByteArrayOutputStream gz = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(gz)) {
      out.write(log);
    }

    List<String> events =
        importBytes("log.gz", Arrays.copyOf(gz.toByteArray(), gz.size() / 2), ReadMode.SALVAGE);

    assertTrue(!events.isEmpty() && events.size() < all, events.toString());
    assertTrue(report.loss().startsWith("what follows line "), report.loss());
  }

  /** Tracing was switched on when the guest ran already. */
  @Test
  void logWithoutTheMachinesStart_imported_isApproximate() throws IOException {
    importText("6@1.000001:xive_source_esb_read @0x10c00 IRQ 0x0 val=0x2");
    assertEquals(1, report.approximations().size());
    assertTrue(header.origin().endsWith("; approximate"), header.origin());

    importText(
        "1@1.000000:spapr_xive_claim_irq lisn=0x0 lsi=0",
        "6@1.000001:xive_source_esb_read @0x10c00 IRQ 0x0 val=0x2");
    assertEquals(List.of(), report.approximations());
  }

  @Test
  void xicsLogWithoutHypercalls_imported_isApproximate() throws IOException {
    importText(
        "1@1.000000:spapr_vio_free_crq CRQ for dev 0x71000003 freed",
        "6@1.000001:xics_icp_eoi icp_eoi: server 0 given XIRR 0xff000002 new XIRR 0xff000000",
        "6@1.000002:xics_icp_accept icp_accept: XIRR 0xff000002->0x4000000");
    assertEquals(1, report.approximations().size());
    assertTrue(report.approximations().get(0).contains("-d int"), header.origin());

    importResource("xics-deep.log");
    assertTrue(report.approximations().stream().noneMatch(each -> each.contains("-d int")));
  }

  @Test
  void logWithoutTheMachinesStart_withReset_beginsThere() throws IOException {
    List<String> events =
        importText(
            "1@1.000000:handle_hmp_command mon 0x5 cmdline: info pic",
            "6@1.000001:xive_source_esb_read @0x10c00 IRQ 0x0 val=0x2",
            "1@1.000002:spapr_xive_free_irq lisn=0x1300",
            "1@1.000003:spapr_vio_free_crq CRQ for dev 0x71000003 freed",
            "1@1.000004:handle_hmp_command mon 0x5 cmdline: info pic",
            "6@1.000005:xive_source_esb_read @0x10c00 IRQ 0x0 val=0x1");
    assertSequence(
        events,
        "FreeSource source=0x1300",
        "MachineReset",
        "Snapshot number=0x2",
        "EsbLoad source=0x0 offset=0x10c00 value=0x1");
    assertEquals(4, events.size());
    assertEquals(List.of(), report.approximations());
    assertEquals(
        3,
        report
            .skipped()
            .get(
                "lines before the first reset of a machine that ran already, whose state they do"
                    + " not tell"));
  }

  private void assertRefused(String name, String text, String part) {
    assertRefused(name, text.getBytes(UTF_8), part);
  }

  private void assertRefused(String name, byte[] bytes, String part) {
    InputException e = assertThrows(InputException.class, () -> importBytes(name, bytes));
    assertTrue(e.getMessage().startsWith(folder.resolve(name) + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  private List<String> importText(String... lines) throws IOException {
    return importBytes("text.log", (String.join("\n", lines) + "\n").getBytes(UTF_8));
  }

  private List<String> importResource(String name) throws IOException {
    return importBytes(name, resource(name));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = QemuLogImporterTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  /** Imports a log and returns the events of the trace as text, without their numbers. */
  private List<String> importBytes(String name, byte[] log) throws IOException {
    return importBytes(name, log, ReadMode.STRICT);
  }

  private List<String> importBytes(String name, byte[] log, ReadMode mode) throws IOException {
    Path file = Files.write(folder.resolve(name), log);
    Path trace = folder.resolve("out.jfr");
    report =
        QemuLogImporter.run(
            file, null, mode, Files.newOutputStream(trace), Progress.NONE, new Cancellation());
    List<String> events = new ArrayList<>();
    try (TraceReader reader = TraceReader.open(trace)) {
      header = reader.header();
      TraceEvent event;
      while ((event = reader.next()) != null) {
        events.add(event.toString().replaceFirst("#\\d+ ", ""));
      }
    }
    assertEquals(events.size(), report.events());
    return events;
  }

  /** Asserts that events with these beginnings follow one another directly. */
  private static void assertSequence(List<String> events, String... beginnings) {
    for (int from = 0; from + beginnings.length <= events.size(); from++) {
      int i = 0;
      while (i < beginnings.length
          && withoutVcpu(events.get(from + i), beginnings[i]).startsWith(beginnings[i])) {
        i++;
      }
      if (i == beginnings.length) {
        return;
      }
    }
    throw new AssertionError(
        "no such sequence:\n"
            + String.join("\n", beginnings)
            + "\nin\n"
            + String.join("\n", events));
  }

  private static String withoutVcpu(String event, String beginning) {
    return beginning.startsWith("vcpu ") ? event : event.replaceFirst("^vcpu \\d+ ", "");
  }
}
