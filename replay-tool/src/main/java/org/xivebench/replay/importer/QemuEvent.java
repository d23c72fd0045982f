package org.xivebench.replay.importer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceKind;

/**
 * The trace events of QEMU's pseries machine that the importer knows, each with the texts that QEMU
 * 7.2 and 10 print for it.
 *
 * <p>Source: hw/intc/trace-events and hw/ppc/trace-events of QEMU 7.2 and 10.0.
 */
// A LineFormat is never altered; it holds bytes, which no type can say that of.
@SuppressWarnings("ImmutableEnumChecker")
enum QemuEvent {
  CLAIM_IRQ("spapr_xive_claim_irq", Use.CONTROLLER, "lisn=0x%x lsi=%d"),
  FREE_IRQ("spapr_xive_free_irq", Use.CONTROLLER, "lisn=0x%x"),
  XIVE_SET_IRQ("spapr_xive_set_irq", Use.XIVE, "lisn=0x%x val=%d"),
  ESB_READ("xive_source_esb_read", Use.XIVE, "@0x%x IRQ 0x%x val=0x%x"),
  ESB_WRITE("xive_source_esb_write", Use.XIVE, "@0x%x IRQ 0x%x val=0x%x"),
  TM_READ("xive_tctx_tm_read", Use.XIVE, "@0x%x sz=%d val=0x%x", "target=%*d @0x%x sz=%d val=0x%x"),
  TM_WRITE(
      "xive_tctx_tm_write", Use.XIVE, "@0x%x sz=%d val=0x%x", "target=%*d @0x%x sz=%d val=0x%x"),
  PRESENTER_NOTIFY(
      "xive_presenter_notify",
      Use.XIVE,
      "found NVT 0x%x/0x%x ring=0x%x",
      "found NVT 0x%x/0x%x ring=0x%x group_level=%*d"),
  TCTX_NOTIFY(
      "xive_tctx_notify",
      Use.XIVE,
      "target=%d ring=0x%x IBP=0x%x PIPR=0x%x CPPR=0x%x NSR=0x%x raise !",
      "target=%d ring=0x%x IPB=0x%x PIPR=0x%x CPPR=0x%x NSR=0x%x raise !"),
  TCTX_ACCEPT(
      "xive_tctx_accept",
      Use.XIVE,
      "target=%d ring=0x%x IBP=0x%x PIPR=0x%x CPPR=0x%x NSR=0x%x ACK",
      "target=%d ring=0x%x IPB=0x%x PIPR=0x%x CPPR=0x%x NSR=0x%x ACK"),
  TCTX_SET_CPPR(
      "xive_tctx_set_cppr",
      Use.XIVE,
      "target=%d ring=0x%x IBP=0x%x PIPR=0x%x new CPPR=0x%x NSR=0x%x",
      "target=%d ring=0x%x IPB=0x%x PIPR=0x%x new CPPR=0x%x NSR=0x%x"),
  GET_SOURCE_INFO("spapr_xive_get_source_info", Use.HCALL, "flags=0x%x lisn=0x%x"),
  SET_SOURCE_CONFIG(
      "spapr_xive_set_source_config",
      Use.HCALL,
      "flags=0x%x lisn=0x%x target=0x%x priority=0x%x eisn=0x%x"),
  GET_SOURCE_CONFIG("spapr_xive_get_source_config", Use.HCALL, "flags=0x%x lisn=0x%x"),
  GET_QUEUE_INFO("spapr_xive_get_queue_info", Use.HCALL, "flags=0x%x target=0x%x priority=0x%x"),
  SET_QUEUE_CONFIG(
      "spapr_xive_set_queue_config",
      Use.HCALL,
      "flags=0x%x target=0x%x priority=0x%x qpage=0x%x qsize=0x%x"),
  GET_QUEUE_CONFIG(
      "spapr_xive_get_queue_config", Use.HCALL, "flags=0x%x target=0x%x priority=0x%x"),
  SET_OS_REPORTING_LINE("spapr_xive_set_os_reporting_line", Use.HCALL, "flags=0x%x"),
  GET_OS_REPORTING_LINE("spapr_xive_get_os_reporting_line", Use.HCALL, "flags=0x%x"),
  HCALL_ESB("spapr_xive_esb", Use.HCALL, "flags=0x%x lisn=0x%x offset=0x%x data=0x%x"),
  HCALL_SYNC("spapr_xive_sync", Use.HCALL, "flags=0x%x lisn=0x%x"),
  HCALL_RESET("spapr_xive_reset", Use.HCALL, "flags=0x%x"),

  ICS_SET_IRQ_MSI("xics_ics_set_irq_msi", Use.XICS, "set_irq_msi: srcno %*d [irq 0x%x]"),
  ICS_SET_IRQ_LSI("xics_ics_set_irq_lsi", Use.XICS, "set_irq_lsi: srcno %*d [irq 0x%x]"),
  ICS_WRITE_XIVE(
      "xics_ics_write_xive", Use.XICS, "ics_write_xive: irq 0x%x [src %*d] server 0x%x prio 0x%x"),
  ICS_REJECT("xics_ics_reject", Use.XICS, "reject irq 0x%x [src %*d]"),
  ICS_EOI("xics_ics_eoi", Use.XICS, "ics_eoi: irq 0x%x"),
  ICP_IRQ("xics_icp_irq", Use.XICS, "cpu %d trying to deliver irq 0x%x priority 0x%x"),
  ICP_RAISE("xics_icp_raise", Use.XICS, "raising IRQ new XIRR=0x%x new pending priority=0x%x"),
  ICP_CHECK_IPI("xics_icp_check_ipi", Use.XICS, "CPU %d can take IPI mfrr=0x%x"),
  ICP_ACCEPT("xics_icp_accept", Use.XICS, "icp_accept: XIRR 0x%x->0x%x"),
  ICP_EOI("xics_icp_eoi", Use.XICS, "icp_eoi: server %d given XIRR 0x%x new XIRR 0x%x"),
  MASKED_PENDING("xics_masked_pending", Use.IGNORED),

  IRQ_SET("ppc_irq_set", Use.CONTROLLER, "env [0x%x] pin %d level %d"),
  IRQ_SET_EXIT("ppc_irq_set_exit", Use.IGNORED),
  CHANGE_MSI(
      "spapr_pci_rtas_ibm_change_msi",
      Use.CONTROLLER,
      "cfgaddr 0x%x func %d, requested %d, first irq %d"),
  CAS_CONTINUE("spapr_cas_continue", Use.CONTROLLER, "Copy changes to the guest: %*d bytes"),
  VIO_FREE_CRQ("spapr_vio_free_crq", Use.CONTROLLER, "CRQ for dev 0x%*x freed"),
  MONITOR("handle_hmp_command", Use.MONITOR);

  /** What the importer does with an event. */
  enum Use {
    /** Read, in both modes. */
    CONTROLLER,
    /** Read; shows that the guest is in XIVE mode. */
    XIVE,
    /** Read; a hypercall of XIVE mode. */
    HCALL,
    /** Read; shows that the guest is in XICS mode. */
    XICS,
    /** A command of the monitor: free text, which may mark a snapshot. */
    MONITOR,
    /** Says nothing that other events do not say. */
    IGNORED
  }

  /** Events of these families say what the machine does around the controller. */
  private static final List<String> CONTEXT =
      List.of(
          "spapr_cas_", "spapr_drc_", "spapr_pci_", "spapr_update_dt", "spapr_vio_", "runstate_");

  private static final Map<String, QemuEvent> BY_NAME = new HashMap<>();

  static {
    for (QemuEvent event : values()) {
      BY_NAME.put(event.qemuName, event);
    }
  }

  private final String qemuName;
  private final Use use;
  private final List<LineFormat> formats;

  QemuEvent(String qemuName, Use use, String... formats) {
    this.qemuName = qemuName;
    this.use = use;
    this.formats = Arrays.stream(formats).map(LineFormat::new).toList();
  }

  /** The event of this name, or null. */
  static QemuEvent of(String name) {
    return BY_NAME.get(name);
  }

  /** Whether an event that is not listed here is known to say nothing of the controller. */
  static boolean isContext(String name) {
    return CONTEXT.stream().anyMatch(name::startsWith);
  }

  Use use() {
    return use;
  }

  /** The kind of observation that this becomes in a trace, or null if it is none. */
  TraceKind observation() {
    return switch (this) {
      case PRESENTER_NOTIFY -> TraceKind.PRESENTER_NOTIFY;
      case TCTX_NOTIFY -> TraceKind.TCTX_NOTIFY;
      case TCTX_ACCEPT -> TraceKind.TCTX_ACCEPT;
      case TCTX_SET_CPPR -> TraceKind.TCTX_SET_CPPR;
      case IRQ_SET -> TraceKind.PIN;
      case ICP_IRQ -> TraceKind.ICP_PRESENT;
      case ICP_RAISE -> TraceKind.ICP_RAISE;
      case ICS_REJECT -> TraceKind.ICS_REJECT;
      case ICP_CHECK_IPI -> TraceKind.ICP_IPI;
      case ICP_ACCEPT -> TraceKind.ICP_ACCEPT;
      case ICP_EOI -> TraceKind.ICP_EOI;
      case ICS_EOI -> TraceKind.ICS_EOI;
      default -> null;
    };
  }

  /** The opcode of the hypercall that this tells of, or 0 if it is none. */
  int opcode() {
    return switch (this) {
      case GET_SOURCE_INFO -> Hcall.H_INT_GET_SOURCE_INFO;
      case SET_SOURCE_CONFIG -> Hcall.H_INT_SET_SOURCE_CONFIG;
      case GET_SOURCE_CONFIG -> Hcall.H_INT_GET_SOURCE_CONFIG;
      case GET_QUEUE_INFO -> Hcall.H_INT_GET_QUEUE_INFO;
      case SET_QUEUE_CONFIG -> Hcall.H_INT_SET_QUEUE_CONFIG;
      case GET_QUEUE_CONFIG -> Hcall.H_INT_GET_QUEUE_CONFIG;
      case SET_OS_REPORTING_LINE -> Hcall.H_INT_SET_OS_REPORTING_LINE;
      case GET_OS_REPORTING_LINE -> Hcall.H_INT_GET_OS_REPORTING_LINE;
      case HCALL_ESB -> Hcall.H_INT_ESB;
      case HCALL_SYNC -> Hcall.H_INT_SYNC;
      case HCALL_RESET -> Hcall.H_INT_RESET;
      default -> 0;
    };
  }

  /** How many values its text has. */
  int valueCount() {
    return formats.isEmpty() ? 0 : formats.get(0).valueCount();
  }

  /** Whether the guest was in XIVE mode when this happened. */
  boolean showsXive() {
    return use == Use.XIVE || use == Use.HCALL;
  }

  /** Reads the event's arguments, or returns false if they are not as they should be. */
  boolean parse(byte[] text, int start, int end, long[] values) {
    for (int i = 0; i < formats.size(); i++) {
      if (formats.get(i).match(text, start, end, values)) {
        return true;
      }
    }
    return formats.isEmpty();
  }
}
