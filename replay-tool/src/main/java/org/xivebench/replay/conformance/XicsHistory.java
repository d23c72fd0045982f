package org.xivebench.replay.conformance;

import java.util.HashMap;
import java.util.Map;

/**
 * What a XICS guest has done and was told so far, by the recorded answers: enough to say what a
 * later difference may come from. Not a model: it computes no answer.
 */
final class XicsHistory {
  static final int MASKED = 0xff;
  static final int IPI = 2;

  /** The least favoured priority that KVM has. */
  static final int LEAST_FAVOURED = 6;

  private static final int XISR_MASK = 0xff_ffff;

  /** A source, as the guest set it up and as its device drove it. */
  static final class Source {
    int server;
    int priority = MASKED;

    /** Whether it ever had a priority. */
    boolean routed;

    boolean lsi;
    boolean lineUp;
    boolean inService;

    /** Events since the last one that the guest accepted. */
    int waiting;

    /** The server that it was routed to when the last of them came. */
    int cameAt;

    /** The priority that it had then. */
    int camePriority = MASKED;

    /** When its event went into a queue, in operations of the file. */
    int queuedAt;

    /** Whether it was masked, moved, given another priority, or lowered with an event waiting. */
    boolean changedWhileWaiting;

    /** Whether an event came while one was in service. Of an LSI: whether its line rose then. */
    boolean cameInService;

    /** Whether an event came with one waiting or in service, since the last EOI. */
    boolean cameAgain;

    /** Whether it was so at the last EOI, and nothing has been accepted since. */
    boolean sentAgain;

    boolean isWaiting() {
      return waiting > 0 || sentAgain || lineUp;
    }

    boolean isWaitingAt(int number) {
      return isWaiting() && (server == number || cameAt == number);
    }
  }

  /** A server's presentation, as the guest sees it. */
  static final class Server {
    int cppr;
    int mfrr = MASKED;

    /** Whether nothing was accepted, which changed CPPR, and since then nothing else was. */
    boolean acceptedNothing;

    /** Whether an IPI was asked for, ever. */
    boolean hadIpi;

    /** How often an IPI was asked for since one was last accepted. */
    int ipisWaiting;

    /** Whether an IPI was asked for again before one was accepted, ever. */
    boolean hadIpiAgain;

    /** Whether an IPI was asked for and taken back, and nothing accepted since. */
    boolean ipiWithdrawn;

    /**
     * Whether CPPR went up after something was accepted: by H_CPPR, or by an H_EOI to less than
     * all.
     */
    boolean mayHavePushedAgain;

    /** Whether something was accepted, ever. */
    boolean hasAccepted;

    /** Whether what was accepted last had been changed while it waited. */
    boolean acceptedChanged;

    /** The priority that it had when it came. */
    int acceptedPriority;

    /** How often a source was routed to its queue of each priority. */
    final int[] routings = new int[LEAST_FAVOURED + 1];

    /** Whether CPPR lets a priority through. */
    boolean admits(int priority) {
      return priority < cppr;
    }
  }

  private final Map<Integer, Source> sources = new HashMap<>();
  private final Map<Integer, Server> servers = new HashMap<>();
  private final ScenarioHeader header;

  /** Operations so far. */
  private int now;

  XicsHistory(ScenarioHeader header) {
    this.header = header;
    for (int server : header.servers()) {
      servers.put(server, new Server());
    }
    header.msis().forEach(number -> sources.put(number, new Source()));
    header
        .lsis()
        .forEach(
            number -> {
              Source source = new Source();
              source.lsi = true;
              sources.put(number, source);
            });
  }

  /** Returns a source that a device has, or null. */
  Source source(long number) {
    return number == (int) number ? sources.get((int) number) : null;
  }

  Iterable<Source> sources() {
    return sources.values();
  }

  /** Returns a server, or null if no vCPU is that. */
  Server server(int number) {
    return servers.get(number);
  }

  /** Returns the number of the server that an operation is made on. */
  int serverOf(Operation operation) {
    return header.servers().get(operation.integer("cpu", 0, header.servers().size() - 1));
  }

  /** Takes in an operation that gave what was recorded. */
  void add(Operation operation) {
    now++;
    switch (operation.name()) {
      case "hcall" -> addHypercall(operation);
      case "rtas" -> addRtas(operation);
      case "msi" -> event(source(operation.wide("source")));
      case "line" -> drive(source(operation.wide("source")), operation.integer("level", 0, 1) == 1);
      default -> {}
    }
  }

  private void addHypercall(Operation operation) {
    if (!operation.string("ret").equals("H_SUCCESS")) {
      return;
    }
    Server server = server(serverOf(operation));
    long[] arguments = operation.wides("args");
    switch (operation.string("name")) {
      case "H_XIRR", "H_XIRR_X" -> accept(server, operation.wides("out")[0]);
      case "H_CPPR" -> {
        int cppr = (int) arguments[0] & 0xff;
        server.mayHavePushedAgain |= server.hasAccepted && cppr > server.cppr;
        server.cppr = cppr;
        server.acceptedNothing = false; // both have this one now
      }
      case "H_EOI" -> {
        Source ended = source(arguments[0] & XISR_MASK);
        if (ended != null) {
          ended.inService = false;
          ended.sentAgain = ended.cameAgain;
          ended.cameAgain = false;
          ended.queuedAt = now;
        }
        int cppr = (int) (arguments[0] >>> 24) & 0xff;
        server.mayHavePushedAgain |= cppr != MASKED;
        server.cppr = cppr;
        server.acceptedNothing = false;
      }
      case "H_IPI" -> {
        Server target = server((int) arguments[0]);
        int mfrr = (int) arguments[1] & 0xff;
        target.ipiWithdrawn |= target.mfrr != MASKED && mfrr != target.mfrr;
        if (mfrr != MASKED) {
          target.hadIpi = true;
          target.hadIpiAgain |= target.ipisWaiting++ > 0;
        }
        target.mfrr = mfrr;
      }
      default -> {}
    }
  }

  private void accept(Server server, long xirr) {
    int xisr = (int) xirr & XISR_MASK;
    Source source = sources.get(xisr);
    server.ipiWithdrawn = false;
    if (xisr == 0) {
      server.acceptedNothing |= server.cppr != MASKED;
      return;
    }
    server.acceptedNothing = false;
    server.hasAccepted = true;
    server.acceptedChanged = source != null && source.changedWhileWaiting;
    server.acceptedPriority = source == null ? MASKED : source.camePriority;
    if (source == null) {
      server.cppr = server.mfrr;
      server.ipisWaiting = 0;
    } else {
      server.cppr = source.priority;
      source.inService = true;
      source.waiting = 0;
      source.changedWhileWaiting = false;
      source.sentAgain = false;
    }
  }

  private void addRtas(Operation operation) {
    long[] arguments = operation.wides("args");
    Source source = arguments.length == 0 ? null : source(arguments[0]);
    if (source == null || operation.integer("status", Integer.MIN_VALUE, Integer.MAX_VALUE) != 0) {
      return;
    }
    switch (operation.string("name")) {
      case "ibm,set-xive" -> {
        source.changedWhileWaiting |= source.isWaiting();
        source.server = (int) arguments[1];
        source.priority = (int) arguments[2] & 0xff;
        source.routed |= source.priority != MASKED;
        countRouting(source);
      }
      case "ibm,int-off" -> source.changedWhileWaiting |= source.isWaiting();
      default -> {}
    }
  }

  private void countRouting(Source source) {
    Server target = servers.get(source.server);
    if (target != null && source.priority != MASKED) {
      target.routings[Math.min(source.priority, LEAST_FAVOURED)]++;
    }
  }

  private void event(Source source) {
    if (source != null) {
      source.cameInService |= source.inService;
      boolean again = source.isWaiting() || source.inService;
      source.cameAgain |= again;
      if (!again) {
        source.queuedAt = now;
      }
      source.camePriority = source.priority;
      source.cameAt = source.server;
      source.waiting++;
    }
  }

  private void drive(Source source, boolean up) {
    if (source == null) {
      return;
    }
    if (up && !source.lineUp) {
      event(source);
    } else if (!up) {
      source.changedWhileWaiting |= source.isWaiting();
    }
    source.lineUp = up;
  }
}
