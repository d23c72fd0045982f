package org.xivebench.replay.trace;

/**
 * The fields that events have, beyond those that all have. All values are held as {@code long}; the
 * type is that of the encoding. Numbers are as the ABI has them.
 */
public enum TraceField {
  /** Interrupt source: LISN in XIVE mode, interrupt number in XICS mode. */
  SOURCE("source", Type.INT, "Source", "number of the interrupt source", Check.SOURCE),
  LSI("lsi", Type.BOOLEAN, "LSI", "whether the source has a level"),
  LEVEL("level", Type.INT, "Level", "1 asserted, 0 not"),
  /** Set where an importer concluded what its input does not say. */
  INFERRED("inferred", Type.BOOLEAN, "Inferred", "concluded by an importer, not recorded"),
  /** Offset in the source's two ESB pages of 64 KiB: trigger page first, then management page. */
  ESB_OFFSET("offset", Type.INT, "Offset", "bytes from the start of the source's trigger page"),
  /** Offset in the TIMA: page number times 64 KiB, then the offset in the page. */
  TIMA_OFFSET("offset", Type.INT, "Offset", "bytes from the start of the TIMA"),
  SIZE("size", Type.INT, "Size", "bytes accessed"),
  VALUE("value", Type.LONG, "Value", "what was loaded or stored"),
  /** Set on the ESB access that the VMM makes to serve H_INT_ESB: it is part of the call. */
  BY_HCALL("byHcall", Type.BOOLEAN, "By hypercall", "made by the VMM to serve H_INT_ESB"),

  OPCODE("opcode", Type.INT, "Opcode", "hypercall number"),
  ARG0("arg0", Type.LONG, "R4", "first argument or output"),
  ARG1("arg1", Type.LONG, "R5", "second argument or output"),
  ARG2("arg2", Type.LONG, "R6", "third argument or output"),
  ARG3("arg3", Type.LONG, "R7", "fourth argument or output"),
  ARG4("arg4", Type.LONG, "R8", "fifth argument or output"),
  STATUS("status", Type.LONG, "Status", "H_ code, RTAS status, or errno; 0 success"),
  FUNCTION(
      "function", Type.INT, "Function", "RTAS call: 0 set-xive, 1 get-xive, 2 int-off, 3 int-on"),
  SERVER("server", Type.INT, "Server", "interrupt server number", Check.SERVER),
  PRIORITY("priority", Type.INT, "Priority", "0 most favoured; 0xff masked"),
  PENDING_PRIORITY("pendingPriority", Type.INT, "Pending priority", "of the presented interrupt"),

  GROUP("group", Type.INT, "Group", "attribute group of the KVM device"),
  ATTRIBUTE("attribute", Type.LONG, "Attribute", "attribute number in its group"),
  GUEST_ADDRESS("address", Type.LONG, "Address", "guest physical address"),
  SET("set", Type.BOOLEAN, "Set", "true written, false read"),
  REGISTER("register", Type.LONG, "Register", "one_reg identifier"),
  VALUE_HIGH("valueHigh", Type.LONG, "Value, high", "bits 127 to 64 of a 128-bit value"),
  DEVICE_TYPE("deviceType", Type.INT, "Device type", "KVM_DEV_TYPE_ number"),
  REASON("reason", Type.INT, "Reason", "KVM_EXIT_ number"),
  /** 0 XIVE, 1 XICS: ordinal of {@link TraceMode}. */
  MODE("mode", Type.INT, "Mode", "0 XIVE, 1 XICS"),

  CONFIG_ADDRESS("configAddress", Type.LONG, "Config address", "PCI configuration address"),
  COUNT("count", Type.LONG, "Count", "number of interrupts, or of events"),
  FIRST_SOURCE("firstSource", Type.INT, "First source", "number of the first source of a range"),

  NVT_BLOCK("nvtBlock", Type.INT, "NVT block", "block of the NVT found"),
  NVT_INDEX("nvtIndex", Type.INT, "NVT index", "index of the NVT found"),
  TARGET("target", Type.INT, "Target vCPU", "index of the vCPU concerned", Check.VCPU),
  RING("ring", Type.INT, "Ring", "offset of the ring in the TIMA: 0x10 OS, 0x30 PHYS"),
  IPB("ipb", Type.INT, "IPB", "interrupt pending buffer, most favoured priority highest"),
  PIPR("pipr", Type.INT, "PIPR", "pending interrupt priority register"),
  CPPR("cppr", Type.INT, "CPPR", "current processor priority register"),
  NSR("nsr", Type.INT, "NSR", "notification source register"),

  XIRR("xirr", Type.INT, "XIRR", "external interrupt request register"),
  NEW_XIRR("newXirr", Type.INT, "New XIRR", "the same after the operation"),
  MFRR("mfrr", Type.INT, "MFRR", "most favoured request register"),
  /** As the guest has configured it; 0 if it never did, whatever the servers. */
  ROUTED_SERVER("server", Type.INT, "Server", "interrupt server number as configured"),
  MASKED("masked", Type.BOOLEAN, "Masked", "whether the guest has masked the source"),
  EISN("eisn", Type.INT, "EISN", "what the guest finds in its queue"),
  IN_SERVICE("inService", Type.BOOLEAN, "In service", "accepted, and its EOI is still to come"),
  XICS_CPPR("xicsCppr", Type.INT, "CPPR in XICS", "what the driver needs in XICS mode"),
  ORDER("order", Type.INT, "Order", "log2 of the bytes of an event queue"),
  QUEUE_INDEX("index", Type.INT, "Index", "of the first entry not read, in an event queue"),
  TOGGLE("toggle", Type.INT, "Toggle", "generation of entries that were read"),

  TRIGGERED("triggered", Type.LONG, "Triggered", "interrupts, by the law of docs/replay.md"),
  DELIVERED("delivered", Type.LONG, "Delivered", "likewise"),
  COALESCED("coalesced", Type.LONG, "Coalesced", "likewise"),
  DROPPED("dropped", Type.LONG, "Dropped", "likewise"),
  PENDING("pending", Type.LONG, "Pending", "likewise, at the end"),
  LOST("lost", Type.LONG, "Lost", "likewise"),
  INVENTED("invented", Type.LONG, "Invented", "likewise"),
  SETTLEMENT("settlement", Type.INT, "Settlement", "0 delivered, 1 coalesced, 2 dropped"),
  HYPERCALLS("hypercalls", Type.LONG, "Hypercalls", "RTAS calls too, H_CEDE and H_PROD not"),
  ESB_ACCESSES("esbAccesses", Type.LONG, "ESB accesses", "loads and stores of the guest"),
  TIMA_ACCESSES("timaAccesses", Type.LONG, "TIMA accesses", "loads and stores of the guest"),
  QUEUE_ENTRIES("queueEntries", Type.LONG, "Queue entries", "written by the hardware"),
  RETRIGGERS("retriggers", Type.LONG, "Retriggers", "EOIs that found Q set"),

  OS_RING("osRing", Type.LONG, "OS ring", "its first 8 bytes, NSR highest"),
  PQ("pq", Type.INT, "PQ", "P 2, Q 1"),
  ENTRIES("entries", Type.INT, "Entries", "that an event queue has room for"),
  ENTRIES_5_4("entries5And4", Type.LONG, "Entries 5 and 4", "before the next one, that two each"),
  ENTRIES_3_2("entries3And2", Type.LONG, "Entries 3 and 2", "likewise"),
  ENTRIES_1_0("entries1And0", Type.LONG, "Entries 1 and 0", "the one before the next, the next"),
  SOURCE_STATE("state", Type.INT, "State", "1 asserted, 2 sent, 4 given back, 8 came while masked"),
  NUMBER("number", Type.INT, "Number", "counted from 1");

  /** How a field is encoded. */
  enum Type {
    BOOLEAN("boolean", 1),
    INT("int", 0xffff_ffffL),
    LONG("long", -1);

    private final String jfrName;
    private final long mask;

    Type(String jfrName, long mask) {
      this.jfrName = jfrName;
      this.mask = mask;
    }

    /** The bits that the encoding holds. */
    long mask() {
      return mask;
    }

    /** Name of the type in a recording. */
    String jfrName() {
      return jfrName;
    }
  }

  /** Against what the reader checks a value. */
  enum Check {
    NOTHING,
    SOURCE,
    SERVER,
    VCPU
  }

  private final String jfrName;
  private final Type type;
  private final String label;
  private final String description;
  private final Check check;

  TraceField(String jfrName, Type type, String label, String description) {
    this(jfrName, type, label, description, Check.NOTHING);
  }

  TraceField(String jfrName, Type type, String label, String description, Check check) {
    this.jfrName = jfrName;
    this.type = type;
    this.label = label;
    this.description = description;
    this.check = check;
  }

  /** Name of the field in a recording. */
  public String jfrName() {
    return jfrName;
  }

  /** What the field is called for people. */
  public String label() {
    return label;
  }

  /** Meaning and unit, in words. */
  public String description() {
    return description;
  }

  Type type() {
    return type;
  }

  Check check() {
    return check;
  }
}
