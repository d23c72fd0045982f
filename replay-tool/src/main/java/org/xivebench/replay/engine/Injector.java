package org.xivebench.replay.engine;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.Ledger.Account;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;

/**
 * Does what a trace's devices did, and makes the guest do what its vCPUs did of their own accord,
 * at the pace of the recording or faster. For one thread.
 */
final class Injector {
  /** Tasks that may wait for vCPUs: what bounds the memory of a run without pacing. */
  private static final long MAX_TASKS_AHEAD = 4096;

  private final TraceHeader header;
  private final ReplayOptions options;
  private final ReplayMachine replayed;
  private final Guest guest;
  private final Ledger ledger;
  private final Findings findings;
  private final Patience patience;
  private final SwapRequests swaps;
  private final BooleanSupplier over;
  private final Progress progress;

  private long events;
  private long operations;

  // Pacing: what the recording had ended so far, and what was posted so far.
  private final Map<Integer, Long> endedInTrace = new HashMap<>();
  private final Map<Integer, Long> ipisEndedInTrace = new HashMap<>();
  private final long[] ipisPosted;
  private long tasksPosted;

  private final Map<Integer, Integer> lastServer = new HashMap<>();

  /**
   * @param swaps is asked for the swaps that fall due
   * @param over whether to stop early
   * @param progress is told of the events read
   */
  Injector(
      TraceHeader header,
      ReplayOptions options,
      ReplayMachine replayed,
      Ledger ledger,
      Findings findings,
      Patience patience,
      SwapRequests swaps,
      BooleanSupplier over,
      Progress progress) {
    this.header = header;
    this.options = options;
    this.replayed = replayed;
    this.guest = replayed.guest();
    this.ledger = ledger;
    this.findings = findings;
    this.patience = patience;
    this.swaps = swaps;
    this.over = over;
    this.progress = progress;
    this.ipisPosted = new long[header.vcpuCount()];
  }

  /** Returns how many events were read. */
  long events() {
    return events;
  }

  /** Returns how many stimuli were done. */
  long operations() {
    return operations;
  }

  /** Does one cycle of a trace. */
  void inject(TraceEvents from) throws IOException {
    StimulusFilter filter = new StimulusFilter(header);
    long nextSwap = options.swapEvery() == 0 ? Long.MAX_VALUE : operations + options.swapEvery();
    long firstNanos = -1;
    long startNanos = System.nanoTime();
    for (TraceEvent event = from.next();
        event != null && !over.getAsBoolean();
        event = from.next()) {
      events++;
      if ((events & 0x3f) == 0) {
        progress.update(events, 0);
      }
      if (options.swapAt().contains(event.sequence())) {
        swaps.request();
      }
      Stimulus stimulus = filter.of(event);
      if (isForPacing(stimulus)) {
        continue;
      }
      if (options.speed() > 0) {
        firstNanos = firstNanos < 0 ? event.timeNanos() : firstNanos;
        waitUntil(startNanos + (long) ((event.timeNanos() - firstNanos) / options.speed()));
      }
      if (perform(stimulus)) {
        operations++;
        if (operations >= nextSwap) {
          nextSwap = operations + options.swapEvery();
          swaps.request();
        }
      }
    }
    progress.update(events, 0);
  }

  private void waitUntil(long nanoTime) {
    for (long left = nanoTime - System.nanoTime();
        left > 0 && !over.getAsBoolean();
        left = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(50)));
    }
  }

  private boolean isForPacing(Stimulus stimulus) {
    switch (stimulus.kind) {
      case NOTHING -> {
        return true;
      }
      case ENDED -> {
        endedInTrace.merge(stimulus.number, 1L, Long::sum);
        return true;
      }
      case IPI_ENDED -> {
        ipisEndedInTrace.merge(stimulus.number, 1L, Long::sum);
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  /** Does a stimulus. Returns whether it was one for this machine. */
  private boolean perform(Stimulus stimulus) {
    int number = stimulus.number;
    switch (stimulus.kind) {
      case TRIGGER -> {
        return guest.hasSource(number) && !guest.isLsi(number) && trigger(number);
      }
      case LINE -> {
        boolean up = stimulus.value != 0;
        if (!guest.hasSource(number)) {
          return false;
        }
        return guest.isLsi(number) ? line(number, up) : up && trigger(number);
      }
      case IPI -> {
        return sendIpi(stimulus.vcpu, number);
      }
      case ROUTE -> {
        return configure(number, stimulus.vcpu, routing(number, stimulus.value));
      }
      case MASK -> {
        return configure(number, stimulus.vcpu, GuestTask.mask(number));
      }
      default -> throw new AssertionError(stimulus.kind);
    }
  }

  private GuestTask routing(int source, int server) {
    int target = server >= 0 ? server : lastServer.getOrDefault(source, header.servers().get(0));
    lastServer.put(source, target);
    return GuestTask.route(source, target);
  }

  private boolean configure(int source, int vcpu, GuestTask task) {
    if (!guest.hasSource(source)) {
      return false;
    }
    int index = vcpu >= 0 ? vcpu : 0;
    guest.post(index, task);
    if (!patience.await(task::isDone)) {
      findings.stuck(
          replayed.vm().vcpus().get(index)
              + " did not get to "
              + task
              + "; "
              + replayed.whatVcpuDoes(index));
    }
    return true;
  }

  private boolean trigger(int source) {
    Account account = ledger.source(source);
    if (options.paced()) {
      pace(
          account,
          Math.min(endedInTrace.getOrDefault(source, 0L), account.triggered.get()),
          () -> guest.isMasked(source));
    }
    ledger.triggered(source);
    try {
      int status = replayed.trigger(source);
      if (status != 0) {
        findings.problem(name(source) + " could not be injected: " + status);
      }
    } catch (ErrnoException e) {
      findings.problem(name(source) + " could not be injected: " + Findings.describe(e));
    } catch (RuntimeException | AssertionError e) {
      findings.failure("injection of " + name(source) + ": " + Findings.describe(e));
    }
    return true;
  }

  /**
   * A line changes in the recording. That it goes up is the device's doing, and done. That it goes
   * down is the recorded guest's, whose driver serviced the device: here the guest's own handler
   * does that, and it is waited for. Only of a masked source, for which no handler runs, the device
   * withdraws the line.
   */
  private boolean line(int source, boolean up) {
    if (!up && options.paced()) {
      Account account = ledger.source(source);
      if (!patience.await(() -> !account.owed.get() || guest.isMasked(source))) {
        findings.stuck(
            account.name + ": its line is up and it is not masked, but its handler did not run");
      }
    }
    try {
      if (up) {
        replayed.raise(source);
      } else {
        replayed.withdrawIfMasked(source);
      }
    } catch (RuntimeException | AssertionError e) {
      findings.failure("the line of " + name(source) + ": " + Findings.describe(e));
    }
    return true;
  }

  private static String name(int source) {
    return "source 0x" + Integer.toHexString(source);
  }

  private boolean sendIpi(int sender, int target) {
    if (target < 0 || target >= ipisPosted.length) {
      return false;
    }
    int server = header.servers().get(target);
    if (options.paced()) {
      pace(
          ledger.ipi(server),
          Math.min(ipisEndedInTrace.getOrDefault(target, 0L), ipisPosted[target]),
          () -> false);
    }
    if (tasksPosted - ledger.ipisSent() >= MAX_TASKS_AHEAD
        && !patience.await(() -> tasksPosted - ledger.ipisSent() < MAX_TASKS_AHEAD)) {
      findings.stuck("vCPUs did not get to the IPIs that they are to send");
    }
    int from = sender >= 0 ? sender : (target + 1) % ipisPosted.length;
    ipisPosted[target]++;
    tasksPosted++;
    guest.post(from, GuestTask.sendIpi(server));
    return true;
  }

  private void pace(Account account, long wanted, BooleanSupplier excused) {
    if (!patience.await(() -> account.settled() >= wanted || excused.getAsBoolean())) {
      findings.stuck(
          account.name
              + ": "
              + account.settled()
              + " of "
              + wanted
              + " interrupts were handled that the recording had handled here");
    }
  }
}
