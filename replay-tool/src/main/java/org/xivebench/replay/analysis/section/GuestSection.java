package org.xivebench.replay.analysis.section;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.collect.Counts;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Tima;

/** What vCPUs asked of the host: hypercalls, RTAS calls, ESB and TIMA accesses, exits. */
public final class GuestSection extends SectionCollector<GuestSection> {
  public static final String NAME = "guest";

  /** Breakdown: duration of hypercalls, by call. */
  public static final String HCALLS = "hcalls";

  private static final int PAGE = 0x10000;
  private static final int IN_PAGE = 0xfff;

  /** vCPUs whose entries and calls are waited for. */
  private static final int MAX_OPEN = 1 << 16;

  public static final SectionType<GuestSection> TYPE =
      new SectionType<>(
          NAME,
          GuestSection.class,
          GuestSection::new,
          in -> {
            in.bench("Hcall", GuestSection::hcall, "startTime", "vcpu", "opcode");
            in.bench(
                "HcallReturn", GuestSection::hcallReturn, "startTime", "vcpu", "opcode", "status");
            in.bench(
                "Hypercall",
                GuestSection::hypercall,
                "startTime",
                "duration",
                "vcpu",
                "call",
                "result",
                "eventThread");
            in.bench("RtasCall", GuestSection::rtas, "function");
            in.bench("EsbLoad", GuestSection::esbLoad, "offset");
            in.bench("EsbStore", GuestSection::esbStore, "offset");
            in.bench("TimaLoad", GuestSection::timaLoad, "offset", "size");
            in.bench("TimaStore", GuestSection::timaStore, "offset", "size");
            in.bench("VcpuEnter", GuestSection::enter, "startTime", "vcpu");
            in.bench("VcpuExit", GuestSection::exit, "startTime", "vcpu", "reason", "duration");
          });

  private record Call(int opcode, long nanos) {}

  private final Counts hcalls = new Counts();
  private final Counts statuses = new Counts();
  private final Counts rtas = new Counts();
  private final Counts esb = new Counts();
  private final Counts tima = new Counts();
  private final Counts exits = new Counts();
  private final BreakingDown hcallTimes;
  private final BreakingDown inGuest;
  private final BreakingDown outside;
  private final Map<Integer, Call> calls = new HashMap<>();
  private final Map<Integer, Long> entered = new HashMap<>();

  GuestSection(JvmScope scope) {
    super(scope);
    int limit = scope.limit();
    hcallTimes = new BreakingDown(HCALLS, "hypercalls", "call", Unit.NANOS, limit);
    inGuest = new BreakingDown("inGuest", "stays in the guest", "vCPU", Unit.NANOS, limit);
    outside = new BreakingDown("outside", "exits, out to in", "vCPU", Unit.NANOS, limit);
  }

  private void hcall(EventCursor event) {
    int opcode = event.getInt(2);
    hcalls.add(Hcall.nameOf(opcode), 1);
    if (calls.size() < MAX_OPEN) {
      calls.put(event.getInt(1), new Call(opcode, event.getNanos(0)));
    }
  }

  private void hcallReturn(EventCursor event) {
    int vcpu = event.getInt(1);
    int opcode = event.getInt(2);
    status(event.getLong(3));
    Call call = calls.remove(vcpu);
    if (call != null && call.opcode == opcode) {
      String name = Hcall.nameOf(opcode);
      long duration = Math.max(0, event.getNanos(0) - call.nanos);
      hcallTimes.add(
          name, duration, describe(event, 0, duration, -1, -1, () -> name + " of vCPU " + vcpu));
    }
  }

  private void hypercall(EventCursor event) {
    String name = String.valueOf(event.getString(3));
    long duration = event.getNanos(1);
    hcalls.add(name, 1);
    status(event.getLong(4));
    hcallTimes.add(
        name,
        duration,
        describe(event, 0, duration, 5, -1, () -> name + " of vCPU " + event.getLong(2)));
  }

  private void status(long code) {
    // Some calls answer with a number of their own above 0.
    statuses.add(code == 0 ? "H_SUCCESS" : code > 0 ? "positive" : Long.toString(code), 1);
  }

  private void rtas(EventCursor event) {
    int function = event.getInt(0);
    String[] names = {"set-xive", "get-xive", "int-off", "int-on"};
    rtas.add(
        function >= 0 && function < names.length ? names[function] : Integer.toString(function), 1);
  }

  private void esbLoad(EventCursor event) {
    esb.add("load " + esbOperation(event.getLong(0), true), 1);
  }

  private void esbStore(EventCursor event) {
    esb.add("store " + esbOperation(event.getLong(0), false), 1);
  }

  private static String esbOperation(long offset, boolean load) {
    int at = (int) offset & IN_PAGE;
    if (offset < PAGE) {
      return load ? "trigger page" : "trigger";
    }
    if (at < EsbOffset.STORE_EOI) {
      return load ? "EOI" : "trigger";
    }
    if (at < EsbOffset.GET) {
      return "EOI";
    }
    if (at < EsbOffset.SET_PQ_00) {
      return "PQ";
    }
    String[] pq = {"00", "01", "10", "11"};
    return "set PQ " + pq[(at >>> 8) & 3];
  }

  private void timaLoad(EventCursor event) {
    tima("load", event);
  }

  private void timaStore(EventCursor event) {
    tima("store", event);
  }

  private void tima(String kind, EventCursor event) {
    int offset = event.getInt(0) & IN_PAGE;
    String what =
        switch (offset) {
          case Tima.OS_CPPR -> "CPPR";
          case Tima.ACK_OS_REG -> "acknowledge";
          case Tima.SET_OS_PENDING -> "set pending";
          case Tima.PULL_OS_CONTEXT -> "pull OS context";
          case Tima.PUSH_OS_CONTEXT -> kind.equals("store") ? "push OS context" : "OS ring, word 2";
          case Tima.OS_RING -> "OS ring";
          default -> String.format(Locale.ROOT, "0x%03x", offset);
        };
    tima.add(kind + " " + what + ", " + event.getLong(1) + " bytes", 1);
  }

  private void enter(EventCursor event) {
    if (entered.size() < MAX_OPEN) {
      entered.put(event.getInt(1), event.getNanos(0));
    }
  }

  private void exit(EventCursor event) {
    int vcpu = event.getInt(1);
    String name = "vCPU " + vcpu;
    if (event.has(3)) {
      long duration = event.getNanos(3);
      outside.add(name, duration, describe(event, 0, duration, -1, -1, () -> name));
      scope.lanes().vcpu(vcpu).span("outside", event.getNanos(0), duration);
      return;
    }
    exits.add("KVM_EXIT " + event.getLong(2), 1);
    Long since = entered.remove(vcpu);
    if (since != null) {
      long duration = Math.max(0, event.getNanos(0) - since);
      inGuest.add(name, duration);
      scope.lanes().vcpu(vcpu).span("guest", since, duration);
    }
  }

  @Override
  public void addAll(GuestSection other) {
    hcalls.addAll(other.hcalls);
    statuses.addAll(other.statuses);
    rtas.addAll(other.rtas);
    esb.addAll(other.esb);
    tima.addAll(other.tima);
    exits.addAll(other.exits);
    hcallTimes.addAll(other.hcallTimes);
    inGuest.addAll(other.inGuest);
    outside.addAll(other.outside);
  }

  @Override
  public Section result() {
    int limit = scope.limit();
    return Section.builder(NAME, "Guest")
        .add(hcallTimes.result())
        .add(HotMethodsSection.counts("calls", "hypercalls made", "call", hcalls, limit))
        .add(HotMethodsSection.counts("statuses", "answers", "status", statuses, limit))
        .add(HotMethodsSection.counts("rtas", "RTAS calls", "call", rtas, limit))
        .add(HotMethodsSection.counts("esb", "ESB accesses", "access", esb, limit))
        .add(HotMethodsSection.counts("tima", "TIMA accesses", "access", tima, limit))
        .add(HotMethodsSection.counts("exits", "exits", "reason", exits, limit))
        .add(inGuest.result())
        .add(outside.result())
        .build();
  }
}
