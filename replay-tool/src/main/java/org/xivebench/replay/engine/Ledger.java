package org.xivebench.replay.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.replay.guest.GuestEvents;
import org.xivebench.xive.TriggerObserver;

/**
 * The books in which every interrupt of a run is entered, each count where the thing happens, and
 * the law that they are checked against:
 *
 * <pre>
 *   lost = triggered - coalesced - dropped - delivered - pending
 * </pre>
 *
 * <p>by source; the other sign is <em>invented</em>. A source whose P bit is set while its event is
 * neither waiting nor in service has lost one whatever the sums say.
 *
 * <ul>
 *   <li>An MSI is triggered when it is injected; coalesced and dropped are counted by the source's
 *       PQ bits, for the re-triggers of an EOI too; delivered when its handler begins.
 *   <li>An LSI is triggered when its device wants to raise its line. It stays up until a handler
 *       has serviced the device, which is the delivery, or the device withdraws it, because the
 *       source is masked: dropped. A device that wants to raise a line that is still up is
 *       coalesced: one service will do. A handler that finds the line down is counted apart. A line
 *       that is up at the end is pending if its source is masked.
 *   <li>An IPI is a message. Sent while the target has not taken the last one, it is coalesced;
 *       delivered when the target's handler takes it.
 * </ul>
 */
final class Ledger implements GuestEvents, TriggerObserver {
  /** How many refusals are kept word by word. */
  private static final int KEPT_REFUSALS = 20;

  private static final int NO_SERVER = -1;

  private final Map<Integer, Account> sources = new ConcurrentHashMap<>();
  private final Map<Integer, Account> ipis = new ConcurrentHashMap<>();
  private final AtomicLong spuriousIpis = new AtomicLong();
  private final AtomicLong spuriousLsis = new AtomicLong();
  private final AtomicLong progress = new AtomicLong();

  private InterruptClock.Surroundings recordedWith;
  private Settlements settlements = Settlements.NONE;
  private final AtomicLong ipisSent = new AtomicLong();
  private final LongAdder queueEntries = new LongAdder();
  private final LongAdder retriggers = new LongAdder();
  private final Map<Integer, AtomicLong> deliveredByServer = new ConcurrentHashMap<>();
  private final AtomicLong refusals = new AtomicLong();
  private final ConcurrentLinkedQueue<String> refusalTexts = new ConcurrentLinkedQueue<>();

  /**
   * Is told what becomes of interrupts where the guest or a device decides it: all deliveries, and
   * of the coalesced and dropped those that PQ does not. Called from anywhere: takes no lock.
   */
  interface Settlements {
    /** Is told nothing. */
    Settlements NONE = (source, server, what) -> {};

    /**
     * An interrupt is settled.
     *
     * @param source number of the source, or of the server if it is an IPI
     * @param server where it was delivered, or else -1
     */
    void settled(Account source, int server, Settlement what);
  }

  /** What can become of an interrupt, in the order of the trace's numbers. */
  enum Settlement {
    DELIVERED,
    COALESCED,
    DROPPED
  }

  /** What was counted for one source, or for the IPIs of one server. */
  static final class Account {
    final int number;
    final boolean ipi;
    final String name;
    final boolean lsi;
    final AtomicLong triggered = new AtomicLong();
    final AtomicLong coalesced = new AtomicLong();
    final AtomicLong dropped = new AtomicLong();
    final AtomicLong delivered = new AtomicLong();
    final AtomicLong ended = new AtomicLong();

    /** An LSI: its line is up. Changed with the devices' lock held. */
    final AtomicBoolean owed = new AtomicBoolean();

    /** How many times a swap found P set and the event nowhere. */
    final AtomicLong strandedInSwap = new AtomicLong();

    /** For a flight recording, or null. */
    private final InterruptClock clock;

    /**
     * @param number of the source, or the server of IPIs
     */
    private Account(int number, boolean ipi, String name, boolean lsi, InterruptClock clock) {
      this.number = number;
      this.ipi = ipi;
      this.name = name;
      this.lsi = lsi;
      this.clock = clock;
    }

    /** Triggers that have come to an end, one way or the other. */
    long settled() {
      return delivered.get() + coalesced.get() + dropped.get();
    }

    boolean isBalanced() {
      return triggered.get() == settled();
    }
  }

  // ---- opening

  /**
   * Has the times of interrupts recorded, of accounts that are opened from now on.
   *
   * @param surroundings null for no recording
   */
  void record(InterruptClock.Surroundings surroundings) {
    recordedWith = surroundings;
  }

  /** Has settlements told; before the run. */
  void tell(Settlements listener) {
    settlements = listener;
  }

  private InterruptClock clock(int source, String kind) {
    return recordedWith == null ? null : new InterruptClock(source, kind, recordedWith);
  }

  /** Opens an account for a source. */
  void open(int source, boolean lsi) {
    sources.putIfAbsent(
        source,
        new Account(
            source,
            false,
            "source 0x" + Integer.toHexString(source),
            lsi,
            clock(source, lsi ? "LSI" : "MSI")));
  }

  /** Opens an account for the IPIs of a server. */
  void openIpi(int server) {
    ipis.putIfAbsent(
        server, new Account(server, true, "IPI of server " + server, false, clock(server, "IPI")));
    deliveredByServer.putIfAbsent(server, new AtomicLong());
  }

  Account source(int number) {
    return sources.get(number);
  }

  Account ipi(int server) {
    return ipis.get(server);
  }

  Map<Integer, Account> sources() {
    return sources;
  }

  Map<Integer, Account> ipis() {
    return ipis;
  }

  // ---- entries of the devices

  /** An MSI is about to be sent. */
  void triggered(int source) {
    triggered(sources.get(source));
  }

  private static void triggered(Account account) {
    account.triggered.incrementAndGet();
    if (account.clock != null) {
      account.clock.triggered();
    }
  }

  /** The device of an LSI wants to raise its line. */
  void raised(int source) {
    Account account = sources.get(source);
    triggered(account);
    if (account.owed.getAndSet(true)) {
      account.coalesced.incrementAndGet();
      settlements.settled(account, NO_SERVER, Settlement.COALESCED);
    }
  }

  /** The device of an LSI lowers its line without having been serviced. */
  void withdrawn(int source) {
    Account account = sources.get(source);
    if (account.owed.getAndSet(false)) {
      account.dropped.incrementAndGet();
      settlements.settled(account, NO_SERVER, Settlement.DROPPED);
    }
  }

  /** A handler has serviced the device of an LSI, which lowers its line. */
  void serviced(int source, int server) {
    Account account = sources.get(source);
    if (account.owed.getAndSet(false)) {
      delivered(account, server);
    } else {
      spuriousLsis.incrementAndGet();
    }
  }

  // ---- entries of the hardware

  @Override
  public void coalesced(int guestIrq) {
    Account account = sources.get(guestIrq);
    if (account != null && !account.lsi) {
      account.coalesced.incrementAndGet();
    }
  }

  @Override
  public void dropped(int guestIrq) {
    Account account = sources.get(guestIrq);
    if (account != null && !account.lsi) { // of an LSI the level counts, and it stays
      account.dropped.incrementAndGet();
    }
  }

  @Override
  public void forwarded(int guestIrq) {
    Account account = sources.get(guestIrq);
    if (account != null && account.clock != null) {
      account.clock.notified();
    }
  }

  @Override
  public void enqueued() {
    queueEntries.increment();
  }

  @Override
  public void retriggered(int guestIrq) {
    retriggers.increment();
  }

  // ---- entries of the guest

  @Override
  public void delivered(int source, int server) {
    Account account = sources.get(source);
    if (account == null) {
      refused("a handler ran for source " + source + ", which the run does not know");
    } else {
      delivered(account, server);
    }
  }

  private void delivered(Account account, int server) {
    progress.incrementAndGet();
    account.delivered.incrementAndGet();
    settlements.settled(account, server, Settlement.DELIVERED);
    if (account.clock != null) {
      account.clock.delivered(server);
    }
    AtomicLong there = deliveredByServer.get(server);
    if (there != null) {
      there.incrementAndGet();
    }
  }

  @Override
  public void ended(int source, int server) {
    Account account = sources.get(source);
    if (account != null) {
      ended(account, server);
    }
  }

  private static void ended(Account account, int server) {
    account.ended.incrementAndGet();
    if (account.clock != null) {
      account.clock.ended(server);
    }
  }

  @Override
  public void discarded(int source) {
    dropped(source);
    Account account = sources.get(source);
    if (account != null && !account.lsi) {
      settlements.settled(account, NO_SERVER, Settlement.DROPPED);
    }
  }

  @Override
  public void ipiSent(int target, boolean coalesced) {
    progress.incrementAndGet();
    ipisSent.incrementAndGet();
    Account account = ipis.get(target);
    triggered(account);
    if (coalesced) {
      account.coalesced.incrementAndGet();
      settlements.settled(account, NO_SERVER, Settlement.COALESCED);
    }
  }

  @Override
  public void ipiDelivered(int server) {
    delivered(ipis.get(server), server);
  }

  @Override
  public void ipiSpurious(int server) {
    spuriousIpis.incrementAndGet();
  }

  @Override
  public void ipiEnded(int server) {
    ended(ipis.get(server), server);
  }

  @Override
  public void refused(String what) {
    if (refusals.getAndIncrement() < KEPT_REFUSALS) {
      refusalTexts.add(what);
    }
  }

  /** A swap found P set on a source, with its event nowhere. */
  void stranded(int source) {
    Account account = sources.get(source);
    if (account != null) {
      account.strandedInSwap.incrementAndGet();
    }
  }

  // ---- looking

  /** Changes whenever an interrupt gets on. */
  long progress() {
    return progress.get();
  }

  long spuriousIpis() {
    return spuriousIpis.get();
  }

  long spuriousLsis() {
    return spuriousLsis.get();
  }

  long ipisSent() {
    return ipisSent.get();
  }

  long queueEntries() {
    return queueEntries.sum();
  }

  long retriggers() {
    return retriggers.sum();
  }

  long deliveredTo(int server) {
    return deliveredByServer.get(server).get();
  }

  long refusals() {
    return refusals.get();
  }

  List<String> refusalTexts() {
    return List.copyOf(refusalTexts);
  }

  // ---- closing

  /**
   * What is left over of one account at the end.
   *
   * @param name of the source or IPI
   * @param pending found by walking
   * @param lost by the law, or because P is set and the event is nowhere
   * @param invented by the law
   */
  record Balance(String name, long pending, long lost, long invented) {}

  /**
   * Closes the books. Nothing may run any more.
   *
   * @param state what the controller holds, or null if there is none
   * @param held the sources in the holding list
   * @param hasMessage whether a server has an IPI message that was not taken
   */
  List<Balance> close(
      InterruptState state, List<Integer> held, java.util.function.IntPredicate hasMessage) {
    List<Balance> balances = new ArrayList<>();
    sources.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> balances.add(close(entry.getKey(), entry.getValue(), state, held)));
    ipis.entrySet().stream()
        .sorted(Comparator.comparing(Map.Entry::getKey))
        .forEach(
            entry ->
                balances.add(
                    closeIpi(
                        entry.getKey(), entry.getValue(), state, hasMessage.test(entry.getKey()))));
    return balances;
  }

  private static Balance close(
      int number, Account account, InterruptState state, List<Integer> held) {
    CarriedSource carried = state == null ? null : sourceIn(state, number);
    long pending = held.stream().filter(source -> source == number).count();
    boolean stranded = false;
    if (carried != null) {
      stranded = carried.event() == CarriedSource.Event.LOST;
      pending += carried.event() == CarriedSource.Event.WAITING ? 1 : 0;
      pending += carried.queued() ? 1 : 0;
    }
    if (account.lsi) {
      // Of an event without a level nothing is owed; a level waits where it is masked.
      boolean waits = pending > 0 || (carried != null && carried.masked());
      pending = account.owed.get() && waits ? 1 : 0;
    }
    return balance(account, pending, stranded || account.strandedInSwap.get() > 0);
  }

  private static Balance closeIpi(
      int server, Account account, InterruptState state, boolean hasMessage) {
    boolean onItsWay =
        state != null
            && state.ipis().stream()
                .anyMatch(
                    ipi ->
                        ipi.server() == server
                            && (ipi.event() == CarriedSource.Event.WAITING || ipi.queued()));
    return balance(account, hasMessage && onItsWay ? 1 : 0, false);
  }

  private static Balance balance(Account account, long pending, boolean stranded) {
    long rest = account.triggered.get() - account.settled() - pending;
    long lost = Math.max(rest, stranded ? 1 : 0);
    return new Balance(account.name, pending, Math.max(lost, 0), Math.max(-rest, 0));
  }

  private static CarriedSource sourceIn(InterruptState state, int number) {
    return state.sources().stream()
        .filter(source -> source.number() == number)
        .findFirst()
        .orElse(null);
  }
}
