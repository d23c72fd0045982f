package org.xivebench.replay.trace;

import static org.xivebench.replay.trace.TraceField.*;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The kinds of events of a trace. A stimulus comes before the observations that it caused: what
 * follows up to the next stimulus is its effect, except {@link #HCALL_RETURN} and {@link
 * #RTAS_RETURN}, which may come later.
 *
 * <p>A new kind, or a field added at the end of one, leaves the version of the format as it is; a
 * renamed one changes it.
 */
// The tables of an enum constant are never altered, and ordinals only index arrays of one run.
@SuppressWarnings({"ImmutableEnumChecker", "EnumOrdinal"})
public enum TraceKind {
  // Machine and devices
  CLAIM_SOURCE("ClaimSource", Role.STIMULUS, "A source is allocated", SOURCE, LSI),
  FREE_SOURCE("FreeSource", Role.STIMULUS, "A source is given back", SOURCE),
  /** An MSI device pulses its line: 1, then 0. Only the rise triggers. */
  SET_LINE("SetLine", Role.STIMULUS, "A device changes its line", SOURCE, LEVEL, INFERRED),
  MACHINE_RESET("MachineReset", Role.STIMULUS, "The machine is reset, controller included"),
  MODE_CHANGE("ModeChange", Role.STIMULUS, "The guest has chosen its mode (CAS)", MODE),
  DEVICE_CREATE("DeviceCreate", Role.STIMULUS, "A KVM device is created", DEVICE_TYPE, STATUS),
  DEVICE_RELEASE("DeviceRelease", Role.STIMULUS, "A KVM device is released", DEVICE_TYPE),
  /** The value is what {@code address} points to, where the group takes a 64-bit word. */
  ATTRIBUTE_ACCESS(
      "AttributeAccess",
      Role.STIMULUS,
      "An attribute of the KVM device is set or read",
      SET,
      GROUP,
      ATTRIBUTE,
      VALUE,
      GUEST_ADDRESS,
      STATUS),
  ONE_REG(
      "OneReg",
      Role.STIMULUS,
      "A vCPU's register is set or read",
      SERVER,
      SET,
      REGISTER,
      VALUE_HIGH,
      VALUE,
      STATUS),

  // The guest
  VCPU_ENTER("VcpuEnter", Role.STIMULUS, "A vCPU enters the guest; its context is pushed"),
  VCPU_EXIT("VcpuExit", Role.STIMULUS, "A vCPU leaves the guest; its context is pulled", REASON),
  /** The value is a result; it is in the event because no other can come between. */
  ESB_LOAD(
      "EsbLoad",
      Role.STIMULUS,
      "Load from a source's ESB page",
      SOURCE,
      ESB_OFFSET,
      VALUE,
      BY_HCALL),
  ESB_STORE(
      "EsbStore",
      Role.STIMULUS,
      "Store to a source's ESB page",
      SOURCE,
      ESB_OFFSET,
      VALUE,
      BY_HCALL),
  TIMA_LOAD("TimaLoad", Role.STIMULUS, "Load from the TIMA", TIMA_OFFSET, SIZE, VALUE),
  TIMA_STORE("TimaStore", Role.STIMULUS, "Store to the TIMA", TIMA_OFFSET, SIZE, VALUE),
  HCALL("Hcall", Role.STIMULUS, "Hypercall", OPCODE, ARG0, ARG1, ARG2, ARG3, ARG4, INFERRED),
  RTAS_CALL("RtasCall", Role.STIMULUS, "RTAS call", FUNCTION, SOURCE, SERVER, PRIORITY),
  /** In traces that do not show the RTAS call, what it set. */
  SOURCE_CONFIG(
      "SourceConfig", Role.STIMULUS, "A XICS source is (re)configured", SOURCE, SERVER, PRIORITY),

  // What the controller did
  HCALL_RETURN(
      "HcallReturn",
      Role.OBSERVATION,
      "A hypercall returned",
      OPCODE,
      STATUS,
      ARG0,
      ARG1,
      ARG2,
      ARG3),
  RTAS_RETURN("RtasReturn", Role.OBSERVATION, "An RTAS call returned", STATUS, ARG0, ARG1),
  PRESENTER_NOTIFY(
      "PresenterNotify",
      Role.OBSERVATION,
      "An event was put in a queue and is presented",
      NVT_BLOCK,
      NVT_INDEX,
      RING),
  /** Registers after. */
  TCTX_NOTIFY(
      "TctxNotify", Role.OBSERVATION, "An exception is raised", TARGET, RING, IPB, PIPR, CPPR, NSR),
  /** Registers after. */
  TCTX_ACCEPT(
      "TctxAccept", Role.OBSERVATION, "An exception is taken", TARGET, RING, IPB, PIPR, CPPR, NSR),
  /** The new CPPR, and the other registers before. */
  TCTX_SET_CPPR(
      "TctxSetCppr", Role.OBSERVATION, "A CPPR is set", TARGET, RING, IPB, PIPR, CPPR, NSR),
  PIN("Pin", Role.OBSERVATION, "A vCPU's external-interrupt input", TARGET, LEVEL),
  ICP_PRESENT("IcpPresent", Role.OBSERVATION, "A XICS source presents", SERVER, SOURCE, PRIORITY),
  /** Values after. */
  ICP_RAISE("IcpRaise", Role.OBSERVATION, "The presenter took it", XIRR, PENDING_PRIORITY),
  ICS_REJECT("IcsReject", Role.OBSERVATION, "The presenter gave it back", SOURCE),
  ICP_IPI("IcpIpi", Role.OBSERVATION, "An IPI becomes pending", SERVER, MFRR),
  ICP_ACCEPT(
      "IcpAccept", Role.OBSERVATION, "H_XIRR took what is presented", SERVER, XIRR, NEW_XIRR),
  ICP_EOI("IcpEoi", Role.OBSERVATION, "H_EOI restored the CPPR", SERVER, XIRR, NEW_XIRR),
  ICS_EOI("IcsEoi", Role.OBSERVATION, "The source's EOI", SOURCE),

  // What helps to understand
  /** How many MSIs a device was given, and from which number on. */
  CHANGE_MSI(
      "ChangeMsi", Role.CONTEXT, "ibm,change-msi", CONFIG_ADDRESS, FUNCTION, COUNT, FIRST_SOURCE),
  SNAPSHOT("Snapshot", Role.CONTEXT, "The controller's state was printed here", NUMBER),

  // Runs of the bench. New kinds go to the end: a file that lost its metadata can still be read.
  /** To a KVM device of this type; 0 before, if there was none. */
  CONTROLLER_SWAP(
      "ControllerSwap",
      Role.STIMULUS,
      "The controller is swapped under the running vCPUs",
      DEVICE_TYPE),
  /** Before a swap: what the guest knows of a source, which is needed to carry its state. */
  GUEST_SOURCE(
      "GuestSource",
      Role.CONTEXT,
      "A source as the guest has it, before a swap",
      SOURCE,
      LEVEL,
      MASKED,
      ROUTED_SERVER,
      PRIORITY,
      EISN,
      IN_SERVICE),
  /** Before a swap: likewise a vCPU; the event queue is that of XIVE mode. */
  GUEST_VCPU(
      "GuestVcpu",
      Role.CONTEXT,
      "A vCPU as the guest has it, before a swap",
      SERVER,
      IN_SERVICE,
      CPPR,
      XICS_CPPR,
      PRIORITY,
      GUEST_ADDRESS,
      ORDER,
      QUEUE_INDEX,
      TOGGLE),
  /** Closes a run of the bench. */
  RUN_TOTALS(
      "RunTotals",
      Role.CONTEXT,
      "What became of the interrupts of the run",
      TRIGGERED,
      DELIVERED,
      COALESCED,
      DROPPED,
      PENDING,
      LOST,
      INVENTED),
  /** Only what the guest or a device knows; what PQ does to a trigger, the model does again. */
  SETTLED(
      "Settled",
      Role.CONTEXT,
      "What became of an interrupt, by the guest or its device",
      SOURCE,
      SERVER,
      SETTLEMENT),
  /** Before the totals. */
  RUN_EFFORT(
      "RunEffort",
      Role.CONTEXT,
      "What the run cost the guest and the controller",
      HYPERCALLS,
      ESB_ACCESSES,
      TIMA_ACCESSES,
      QUEUE_ENTRIES,
      RETRIGGERS),
  /** Before the totals, one for each vCPU. */
  RUN_SHARE("RunShare", Role.CONTEXT, "What was delivered to a server", SERVER, DELIVERED),

  // What a snapshot shows; they follow it.
  SNAPSHOT_RING("SnapshotRing", Role.OBSERVATION, "A vCPU's OS ring", TARGET, OS_RING),
  /** Priority 0xff: it is not routed to a queue. */
  SNAPSHOT_SOURCE(
      "SnapshotSource",
      Role.OBSERVATION,
      "A XIVE source",
      SOURCE,
      PQ,
      LEVEL,
      MASKED,
      EISN,
      ROUTED_SERVER,
      PRIORITY),
  SNAPSHOT_QUEUE(
      "SnapshotQueue",
      Role.OBSERVATION,
      "An event queue, and its last entries",
      SERVER,
      PRIORITY,
      GUEST_ADDRESS,
      ENTRIES,
      QUEUE_INDEX,
      TOGGLE,
      ENTRIES_5_4,
      ENTRIES_3_2,
      ENTRIES_1_0),
  SNAPSHOT_PRESENTER(
      "SnapshotPresenter",
      Role.OBSERVATION,
      "A XICS presenter",
      SERVER,
      XIRR,
      PENDING_PRIORITY,
      MFRR),
  SNAPSHOT_ICS_SOURCE(
      "SnapshotIcsSource", Role.OBSERVATION, "A XICS source", SOURCE, PRIORITY, SOURCE_STATE);

  /** What an event is for a replay. */
  public enum Role {
    /** To be done. */
    STIMULUS,
    /** To be compared. */
    OBSERVATION,
    /** Neither. */
    CONTEXT
  }

  /** What all event types of a trace begin with. */
  public static final String JFR_PREFIX = "org.xivebench.";

  /** In place of a position: the kind has no such field. */
  static final int NO_SLOT = -1;

  /** The most fields that a kind has, beyond those that all have. */
  static final int MAX_FIELDS = 9;

  private static final TraceKind[] VALUES = values();
  private static final List<TraceKind> ALL = List.of(VALUES);

  private final String simpleName;
  private final String jfrName;
  private final long digestWord;
  private final Role role;
  private final String label;
  private final List<TraceField> fields;
  private final byte[] slots = new byte[TraceField.values().length];
  private final long[] masks;
  private final int sourceSlot;
  private final int serverSlot;
  private final int vcpuSlot;

  TraceKind(String simpleName, Role role, String label, TraceField... fields) {
    this.simpleName = simpleName;
    this.jfrName = "org.xivebench." + simpleName;
    this.digestWord = jfrName.hashCode();
    this.role = role;
    this.label = label;
    this.fields = List.of(fields);
    this.masks = new long[fields.length];
    this.sourceSlot = checkedSlot(fields, TraceField.Check.SOURCE);
    this.serverSlot = checkedSlot(fields, TraceField.Check.SERVER);
    this.vcpuSlot = checkedSlot(fields, TraceField.Check.VCPU);
    Arrays.fill(slots, (byte) NO_SLOT);
    for (int i = 0; i < fields.length; i++) {
      slots[fields[i].ordinal()] = (byte) i;
      masks[i] = fields[i].type().mask();
    }
  }

  /** All kinds, in the order of their ordinals. */
  public static List<TraceKind> all() {
    return ALL;
  }

  /** The kind at a position in {@link #all}. */
  static TraceKind at(int index) {
    return VALUES[index];
  }

  /** Name of the event type in a recording. */
  public String jfrName() {
    return jfrName;
  }

  /** Name of the event type without its prefix. */
  public String simpleName() {
    return simpleName;
  }

  /** What the kind is for a replay. */
  public Role role() {
    return role;
  }

  /** What the kind is called for people. */
  public String label() {
    return label;
  }

  /** The fields, in the order in which they are encoded. */
  public List<TraceField> fields() {
    return fields;
  }

  /** How many fields there are. */
  int fieldCount() {
    return masks.length;
  }

  /** The field that is checked so, of which a kind has one at most; or -1. */
  private static int checkedSlot(TraceField[] fields, TraceField.Check check) {
    return IntStream.range(0, fields.length)
        .filter(i -> fields[i].check() == check)
        .findFirst()
        .orElse(NO_SLOT);
  }

  /** Position of the field that must name a source of the header, or -1. */
  int sourceSlot() {
    return sourceSlot;
  }

  /** Position of the field that must name a server of the header, or -1. */
  int serverSlot() {
    return serverSlot;
  }

  /** Position of the field that must name a vCPU of the header, or -1. */
  int vcpuSlot() {
    return vcpuSlot;
  }

  /** What the encoding holds of each field; not to be changed. */
  long[] masks() {
    return masks;
  }

  /** What a field's encoding holds of a value. */
  long maskOf(int slot) {
    return masks[slot];
  }

  /** Position in {@link #all}; not the same in every version of the program. */
  int index() {
    return ordinal();
  }

  /** What stands for the kind in a digest, in every version of the program the same. */
  long digestWord() {
    return digestWord;
  }

  /** Position of a field, or -1 if the kind does not have it. */
  int slotOf(TraceField field) {
    return slots[field.ordinal()];
  }
}
