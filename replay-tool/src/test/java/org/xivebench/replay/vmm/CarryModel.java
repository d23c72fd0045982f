package org.xivebench.replay.vmm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.xivebench.kvm.IrqType;

/**
 * What a {@link CarryingGuest} has to be delivered: each source with its P and Q in mind, and where
 * its event waits. No controller, no queues, no words.
 *
 * <p>The modes differ while a source is masked: XICS keeps one event for later, in XIVE mode the
 * guest's mask (PQ 01) drops what comes. What {@link #carryTo} changes is what no attribute can
 * say; the rest goes on as it was.
 */
final class CarryModel {
  private static final int NOTHING = 0;

  /** What was under way when the state was carried: histories that never have it show nothing. */
  enum Met {
    MASKED_AND_HELD_BACK,
    MASKED_AND_IN_QUEUE,
    MASKED_IN_SERVICE_WITH_ANOTHER_BEHIND,
    MOVED_WHILE_WAITING,
    MOVED_WHILE_IN_SERVICE,
    TWO_EVENTS,
    LINE_UP,
    LINE_UP_AND_MASKED,
    LINE_UP_IN_SERVICE,
    MFRR,
    MFRR_AND_IPI_IN_SERVICE,
    TWO_IPIS
  }

  private enum State {
    IDLE,
    WAITING,
    IN_SERVICE
  }

  /** A source. */
  private static final class Source {
    final int number;
    final boolean lsi;
    int server;
    boolean masked;
    boolean line;
    State state = State.IDLE;

    /** The server that it waits at. */
    int at;

    /** One more comes: after the EOI, or, of a masked source that is idle, when it is unmasked. */
    boolean again;

    /** In XIVE mode and masked: events that another mode has kept, 0 to 2. */
    int kept;

    Source(int number, boolean lsi, int server) {
      this.number = number;
      this.lsi = lsi;
      this.server = server;
    }

    void send() {
      state = State.WAITING;
      at = server;
    }
  }

  /** A server. */
  private static final class Server {
    int holds = NOTHING;
    boolean ipiWaits;

    /** In XIVE mode: one more IPI comes after the EOI of the first. */
    boolean ipiAgain;
  }

  private final List<Source> sources = new ArrayList<>();
  private final List<Server> servers = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final Set<Met> met = EnumSet.noneOf(Met.class);
  private IrqType mode;

  CarryModel(CarryingGuest like, int serverCount, IrqType mode) {
    this.mode = mode;
    like.sources.forEach(s -> sources.add(new Source(s.number(), s.of.isLsi(), s.server)));
    for (int i = 0; i < serverCount; i++) {
      servers.add(new Server());
    }
  }

  List<String> log() {
    return log;
  }

  Set<Met> met() {
    return met;
  }

  /** Notes what is under way. */
  void note() {
    sources.forEach(this::note);
    servers.forEach(this::note);
  }

  private void note(Source s) {
    boolean waits = s.state == State.WAITING;
    boolean inService = s.state == State.IN_SERVICE;
    note(Met.MASKED_AND_HELD_BACK, s.masked && !waits && (s.again || s.kept > 0));
    note(Met.MASKED_AND_IN_QUEUE, s.masked && waits);
    note(Met.MASKED_IN_SERVICE_WITH_ANOTHER_BEHIND, s.masked && inService && s.again);
    note(Met.MOVED_WHILE_WAITING, waits && s.at != s.server);
    note(Met.MOVED_WHILE_IN_SERVICE, inService && s.at != s.server);
    note(Met.TWO_EVENTS, waits && s.again);
    note(Met.LINE_UP, s.line);
    note(Met.LINE_UP_AND_MASKED, s.line && s.masked);
    note(Met.LINE_UP_IN_SERVICE, s.line && inService);
  }

  private void note(Server s) {
    boolean inService = s.holds == CarryingGuest.IPI;
    note(Met.MFRR, s.ipiWaits && mode == IrqType.XICS);
    note(Met.MFRR_AND_IPI_IN_SERVICE, s.ipiWaits && inService);
    note(Met.TWO_IPIS, s.ipiWaits && s.ipiAgain);
  }

  private void note(Met what, boolean isSo) {
    if (isSo) {
      met.add(what);
    }
  }

  // ---- what happens

  void trigger(int index) {
    Source source = sources.get(index);
    if (source.lsi) {
      if (source.line) {
        return;
      }
      source.line = true;
    }
    if (source.masked && mode == IrqType.XIVE) {
      source.kept = source.kept > 0 ? 2 : 0;
    } else if (source.masked || source.state != State.IDLE) {
      source.again = true;
    } else {
      source.send();
    }
  }

  void sendIpi(int server) {
    Server target = servers.get(server);
    if (mode == IrqType.XIVE && (target.ipiWaits || target.holds == CarryingGuest.IPI)) {
      target.ipiAgain = true;
    } else {
      target.ipiWaits = true; // one MFRR: two that wait are one
    }
  }

  void mask(int index) {
    Source source = sources.get(index);
    source.masked = true;
    if (mode == IrqType.XIVE) {
      source.again = false;
    }
  }

  void unmask(int index) {
    Source source = sources.get(index);
    source.masked = false;
    if (source.state != State.IDLE) {
      source.again &= !source.lsi || mode == IrqType.XICS;
    } else if (mode == IrqType.XICS) {
      if (source.again) {
        source.again = false;
        source.send();
      }
    } else if (source.lsi ? source.line : source.kept > 0) {
      source.send();
      source.again = !source.lsi && source.kept == 2;
    }
    source.kept = 0;
  }

  /** An event that waits stays where it is. */
  void move(int index, int server) {
    sources.get(index).server = server;
  }

  private int accept(int number) {
    Server server = servers.get(number);
    if (server.ipiWaits) {
      server.ipiWaits = false;
      server.holds = CarryingGuest.IPI;
      return CarryingGuest.IPI;
    }
    for (Source source : sources) {
      if (source.state == State.WAITING && source.at == number) {
        source.state = State.IN_SERVICE;
        server.holds = source.number;
        return source.number;
      }
    }
    return NOTHING;
  }

  private Source source(int number) {
    return sources.stream().filter(s -> s.number == number).findFirst().orElseThrow();
  }

  private void end(int number) {
    Server server = servers.get(number);
    int ended = server.holds;
    server.holds = NOTHING;
    if (ended == CarryingGuest.IPI) {
      server.ipiWaits |= server.ipiAgain;
      server.ipiAgain = false;
      return;
    }
    Source source = source(ended);
    source.state = State.IDLE;
    if (source.masked) {
      if (mode == IrqType.XIVE) {
        source.kept = source.again ? 1 : 0;
        source.again = false;
      }
    } else if (source.again || (source.lsi && source.line)) {
      source.again = false;
      source.send();
    }
  }

  void handleAll(int number) {
    if (servers.get(number).holds != NOTHING) {
      end(number);
    }
    List<Integer> taken = new ArrayList<>();
    for (int next = accept(number); next != NOTHING; next = accept(number)) {
      taken.add(next);
      if (next != CarryingGuest.IPI) {
        source(next).line = false;
      }
      end(number);
    }
    taken.sort(Comparator.naturalOrder());
    log.add(number + " took " + taken);
  }

  void hold(int number) {
    int taken = accept(number);
    log.add(number + " holds " + (taken == NOTHING ? "nothing" : taken));
  }

  // ---- a new device

  /**
   * What cannot be told or restored by the attributes (section 3.11 of the specification for
   * SOURCES, 3.12 for ICP_STATE):
   *
   * <ul>
   *   <li>an event that waits goes to the server that the source has now, not to the one that it
   *       had when the event came: a source word has one destination;
   *   <li>a masked source's event that waits in a queue is held back by the mask: "MASKED:
   *       guest_priority = MASKED", and only an unmasked source is sent again. With a second one
   *       behind it XICS has it in the queue, see {@code XicsStateCarrier};
   *   <li>of a level source not Q, but its line is told: "LSI: LEVEL, PENDING = saved_p";
   *   <li>ICP_STATE has one MFRR: of IPIs that wait XICS keeps one.
   * </ul>
   */
  void carryTo(IrqType next) {
    note();
    for (Source source : sources) {
      if (source.lsi) {
        carryLsi(source, next);
      } else {
        carryMsi(source, next);
      }
      source.at = source.server;
    }
    for (Server server : servers) {
      boolean more = server.ipiAgain;
      if (mode == IrqType.XIVE && next == IrqType.XICS) {
        server.ipiWaits |= more;
        server.ipiAgain = false;
      } else if (mode == IrqType.XICS && next == IrqType.XIVE) {
        server.ipiAgain = server.holds == CarryingGuest.IPI && server.ipiWaits;
        server.ipiWaits &= !server.ipiAgain;
      }
    }
    mode = next;
  }

  /**
   * Whether what is under way can be told by the attributes alone. In XIVE mode always: the queues
   * are in guest memory, and P and Q of every source can be read and written. In XICS mode not
   * (section 3.11 of the specification):
   *
   * <ul>
   *   <li>two events of a source of which none has been taken: "old_q = QUEUED or PENDING" makes
   *       them one;
   *   <li>an event in the queue of a source that is masked, or in that of a server which it has
   *       left since, see {@link #carryTo};
   *   <li>a level source in service, or with its line up and P clear: "LSI: LEVEL, PENDING =
   *       saved_p", and PENDING set is "asserted", and sent.
   * </ul>
   */
  boolean isTellable() {
    return mode == IrqType.XIVE || sources.stream().allMatch(CarryModel::isTellable);
  }

  private static boolean isTellable(Source source) {
    boolean waits = source.state == State.WAITING;
    if (waits && (source.masked || source.again || source.at != source.server)) {
      return false;
    }
    return !source.lsi || (source.line ? waits : source.state == State.IDLE && !source.again);
  }

  private void carryMsi(Source source, IrqType next) {
    if (!source.masked || source.state == State.IN_SERVICE) {
      return;
    }
    int kept = source.kept;
    if (mode == IrqType.XICS || source.state == State.WAITING) {
      kept = (source.state == State.WAITING ? 1 : 0) + (source.again ? 1 : 0);
    }
    boolean inQueue = next == IrqType.XICS && kept == 2;
    source.state = inQueue ? State.WAITING : State.IDLE;
    source.again = next == IrqType.XICS && kept > 0;
    source.kept = next == IrqType.XIVE ? kept : 0;
  }

  private void carryLsi(Source source, IrqType next) {
    boolean waits = source.state == State.WAITING || source.kept > 0;
    boolean isDue = source.state != State.IN_SERVICE && (waits || source.line);
    source.again = false;
    source.kept = 0;
    if (source.state == State.IN_SERVICE) {
      return;
    }
    source.state = isDue && !source.masked ? State.WAITING : State.IDLE;
    if (source.masked && isDue) {
      source.again = next == IrqType.XICS;
      source.kept = next == IrqType.XIVE ? 1 : 0;
    }
  }
}
