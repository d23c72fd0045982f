package org.xivebench.replay.importer;

import java.util.HashMap;
import java.util.Map;

/**
 * The events of a kernel trace that an import looks at. Events of probes are known by the name of
 * the probe, or by the function that it is on: users choose the names.
 */
enum FtraceEvent {
  // A guest in XIVE mode: the functions of arch/powerpc/sysdev/xive.
  CONFIGURE_IRQ("configure_irq", "xive_spapr_configure_irq"),
  CONFIGURE_IRQ_RETURN("configure_irq_ret"),
  SET_QUEUE_CONFIG("set_queue_config", "plpar_int_set_queue_config"),
  SET_QUEUE_CONFIG_RETURN("set_queue_config_ret"),
  POPULATE_IRQ_DATA("populate_irq_data", "xive_spapr_populate_irq_data"),
  GET_IRQ_CONFIG("get_irq_config", "xive_spapr_get_irq_config"),
  SYNC_SOURCE("sync_source", "xive_spapr_sync_source"),
  ESB_RW("esb_rw", "xive_spapr_esb_rw"),
  ESB_RW_RETURN("esb_rw_ret"),
  XIVE_GET_IRQ_RETURN("xive_get_irq_ret", "xive_get_irq"),
  XIVE_EOI("xive_eoi", "xive_irq_eoi"),
  XIVE_MASK("xive_mask", "xive_irq_mask"),
  XIVE_UNMASK("xive_unmask", "xive_irq_unmask"),
  XIVE_STARTUP("xive_startup", "xive_irq_startup"),
  XIVE_SHUTDOWN("xive_shutdown", "xive_irq_shutdown"),
  XIVE_SET_AFFINITY("xive_set_affinity", "xive_irq_set_affinity"),
  XIVE_CAUSE_IPI("xive_cause_ipi"),
  XIVE_IPI_EOI("xive_ipi_eoi"),

  // A guest in XICS mode: arch/powerpc/sysdev/xics.
  ICP_SET_PRIORITY("icp_set_prio", "icp_hv_set_cpu_priority"),
  ICP_CAUSE_IPI("icp_cause_ipi", "icp_hv_cause_ipi"),
  ICP_GET_IRQ_RETURN("icp_get_irq_ret", "icp_hv_get_irq"),
  ICP_EOI("icp_eoi", "icp_hv_eoi"),
  ICS_MASK("ics_mask", "ics_rtas_mask_irq"),
  ICS_UNMASK("ics_unmask", "ics_rtas_unmask_irq"),
  ICS_SET_AFFINITY("ics_set_affinity", "ics_rtas_set_affinity"),

  // Tracepoints of the kernel.
  IRQ_HANDLER_ENTRY("irq_handler_entry"),
  IRQ_HANDLER_EXIT("irq_handler_exit"),
  IPI_RAISE("ipi_raise"),
  IPI_SEND_CPU("ipi_send_cpu"),
  IPI_SEND_CPUMASK("ipi_send_cpumask"),
  HCALL_ENTRY("hcall_entry"),
  HCALL_EXIT("hcall_exit"),

  // A host that runs guests in HV mode.
  KVM_GUEST_ENTER("kvm_guest_enter"),
  KVM_GUEST_EXIT("kvm_guest_exit"),
  KVM_HCALL_ENTER("kvm_hcall_enter"),
  KVM_HCALL_EXIT("kvm_hcall_exit");

  private static final Map<String, FtraceEvent> BY_NAME = new HashMap<>();

  static {
    for (FtraceEvent event : values()) {
      for (String name : event.names) {
        BY_NAME.put(name, event);
      }
    }
  }

  @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it, or sees it
  private final String[] names;

  FtraceEvent(String... names) {
    this.names = names;
  }

  /** The event of that name, or null. */
  static FtraceEvent of(String name) {
    FtraceEvent event = BY_NAME.get(name);
    return event != null ? event : ofProbe(name);
  }

  /**
   * Names that tools give to probes: {@code p_xive_irq_eoi_0}, {@code r_xive_get_irq_0}, {@code
   * xive_get_irq__return}.
   */
  private static FtraceEvent ofProbe(String name) {
    String function = name;
    if (name.startsWith("p_") || name.startsWith("r_")) {
      int end = name.lastIndexOf('_');
      function = end > 2 ? name.substring(2, end) : name;
    } else if (name.endsWith("__return")) {
      function = name.substring(0, name.length() - "__return".length());
    } else {
      return null;
    }
    FtraceEvent event = BY_NAME.get(function);
    boolean returns = name.startsWith("r_") || name.endsWith("__return");
    if (event == null || !returns) {
      return event;
    }
    return switch (event) {
      case CONFIGURE_IRQ, CONFIGURE_IRQ_RETURN -> CONFIGURE_IRQ_RETURN;
      case SET_QUEUE_CONFIG, SET_QUEUE_CONFIG_RETURN -> SET_QUEUE_CONFIG_RETURN;
      case ESB_RW, ESB_RW_RETURN -> ESB_RW_RETURN;
      case XIVE_GET_IRQ_RETURN, ICP_GET_IRQ_RETURN -> event;
      default -> null;
    };
  }

  /** Whether only the host of a guest writes it. */
  boolean isOfHost() {
    return compareTo(KVM_GUEST_ENTER) >= 0;
  }

  /** Whether only a guest in XIVE mode writes it. */
  boolean isXive() {
    return compareTo(XIVE_IPI_EOI) <= 0;
  }

  /** Whether only a guest in XICS mode writes it. */
  boolean isXics() {
    return compareTo(ICP_SET_PRIORITY) >= 0 && compareTo(ICS_SET_AFFINITY) <= 0;
  }
}
