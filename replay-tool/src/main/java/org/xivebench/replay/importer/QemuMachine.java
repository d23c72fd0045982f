package org.xivebench.replay.importer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;

/**
 * What a whole log says of the machine that wrote it: its vCPUs and their threads, its sources, and
 * the mode that the guest chose each time it was asked. A trace says these first, a log shows them
 * by and by, so that it is read twice.
 */
final class QemuMachine {
  /** NVT index of server 0: the pseries machine numbers from here. */
  private static final int NVT_BASE = 0x400;

  /** The most vCPUs that a pseries machine can have; more is a sign of a damaged log. */
  static final int MAX_VCPUS = 8192;

  private static final int NONE = -1;

  private final Map<Long, Integer> vcpuByThread = new HashMap<>();
  private final Map<Long, Integer> vcpuByEnv = new HashMap<>();

  /** Where only the server number of a vCPU is known, not its index. */
  private final Map<Long, Integer> serverByEnv = new HashMap<>();

  private final Map<Long, Integer> vcpuByOffset = new HashMap<>();
  private final Set<Long> envs = new HashSet<>();
  private final Map<Integer, Boolean> sources = new TreeMap<>();
  private final List<TraceMode> choices = new ArrayList<>();
  private final Set<TraceKind> observed = EnumSet.noneOf(TraceKind.class);
  private TraceMode beforeFirstChoice;
  private boolean claims;
  private boolean xiveSeen;
  private boolean xicsSeen;
  private boolean xicsHypercallSeen;
  private long firstNanos;

  /** Whether the log has what the machine did before its guest ran. */
  private boolean showsStart;

  /** Number of the line that shows that the first reset is over; 0 if there is none. */
  private long firstResetLine;

  private final ServerNumbers servers = new ServerNumbers();
  private final UnfinishedOperation unfinished = new UnfinishedOperation();

  /** Reads one log to its end. */
  static QemuMachine scan(QemuLogReader log, Runnable eachLine) throws IOException {
    QemuMachine machine = new QemuMachine();
    machine.read(log, eachLine);
    return machine;
  }

  private void read(QemuLogReader log, Runnable eachLine) throws IOException {
    ResetDetector resets = new ResetDetector();
    boolean afterReset = false;
    int lastTarget = TraceEvent.NO_VCPU;
    long loweredEnv = 0;
    int lastServer = NONE;
    int calledServer = NONE;
    long xirrOffset = 0;
    QemuLogReader.Kind kind;
    while ((kind = log.next()) != null) {
      eachLine.run();
      if (kind != QemuLogReader.Kind.EVENT) {
        unfinished.see(kind, log);
      }
      if (kind == QemuLogReader.Kind.HYPERCALL) {
        if (resets.endsAtHypercall()) {
          afterReset = true;
          seeFirstReset(log);
        }
        xicsHypercallSeen |= isXics(log.value(0));
        // Linux calls with its per-CPU offset in R5, when it came from its interrupt entry.
        xirrOffset = log.value(0) == Hcall.H_XIRR ? log.value(2) : 0;
        calledServer = log.value(0) == Hcall.H_IPI ? hypercallServer(log.value(1)) : NONE;
        continue;
      }
      if (kind != QemuLogReader.Kind.EVENT && kind != QemuLogReader.Kind.OTHER_EVENT) {
        continue;
      }
      if (firstNanos == 0) {
        firstNanos = log.timeNanos();
      }
      resets.see(log);
      if (resets.isOver()) {
        afterReset = true;
        seeFirstReset(log);
      }
      if (kind != QemuLogReader.Kind.EVENT) {
        continue;
      }
      QemuEvent event = log.event();
      showsStart |=
          !xiveSeen
              && !xicsSeen
              && (event == QemuEvent.CLAIM_IRQ || event == QemuEvent.VIO_FREE_CRQ);
      seeMode(event, afterReset);
      TraceKind observation = event.observation();
      if (observation != null) {
        observed.add(observation);
      }
      switch (event) {
        case CAS_CONTINUE -> {
          choices.add(null);
          afterReset = false;
        }
        case CLAIM_IRQ -> {
          claims = true;
          source(log, log.value(0), log.value(1) != 0);
        }
        case FREE_IRQ, XIVE_SET_IRQ -> source(log, log.value(0), false);
        case ESB_READ, ESB_WRITE -> source(log, log.value(1), false);
        case ICS_SET_IRQ_MSI, ICS_WRITE_XIVE, ICS_REJECT, ICS_EOI ->
            source(log, log.value(0), false);
        case ICS_SET_IRQ_LSI -> source(log, log.value(0), true);
        case PRESENTER_NOTIFY -> lastServer = server(log, log.value(1) - NVT_BASE);
        case TCTX_NOTIFY -> {
          lastTarget = vcpu(log, log.value(0));
          sawBoth(lastTarget, lastServer);
        }
        case TCTX_ACCEPT, TCTX_SET_CPPR -> {
          int vcpu = vcpu(log, log.value(0));
          vcpuByThread.putIfAbsent(log.thread(), vcpu);
          if (loweredEnv != 0) {
            vcpuByEnv.putIfAbsent(loweredEnv, vcpu);
          }
        }
        case ICP_IRQ -> {
          source(log, log.value(1), false);
          lastTarget = TraceEvent.NO_VCPU;
          lastServer = server(log, log.value(0));
        }
        case ICP_CHECK_IPI -> {
          lastTarget = vcpu(log, log.value(0));
          sawBoth(lastTarget, calledServer);
        }
        case ICP_EOI -> vcpuByThread.putIfAbsent(log.thread(), vcpu(log, log.value(0)));
        case ICP_ACCEPT -> {
          if (vcpuByEnv.containsKey(loweredEnv)) {
            vcpuByThread.putIfAbsent(log.thread(), vcpuByEnv.get(loweredEnv));
          }
          Integer vcpu = vcpuByThread.get(log.thread());
          if (vcpu != null && xirrOffset != 0) {
            vcpuByOffset.putIfAbsent(xirrOffset, vcpu);
          }
        }
        case IRQ_SET -> {
          envs.add(log.value(0));
          if (log.value(2) != 0 && lastTarget != TraceEvent.NO_VCPU) {
            vcpuByEnv.putIfAbsent(log.value(0), lastTarget);
          } else if (log.value(2) != 0 && lastServer != NONE) {
            serverByEnv.putIfAbsent(log.value(0), lastServer);
          }
        }
        default -> {}
      }
      loweredEnv = loweredEnv(log, event, loweredEnv);
      if (event != QemuEvent.PRESENTER_NOTIFY
          && event != QemuEvent.TCTX_NOTIFY
          && event != QemuEvent.ICP_IRQ
          && event != QemuEvent.ICP_CHECK_IPI
          && event != QemuEvent.ICP_RAISE
          && event != QemuEvent.IRQ_SET_EXIT) {
        lastTarget = TraceEvent.NO_VCPU;
        lastServer = NONE;
      }
      calledServer = NONE;
      unfinished.see(kind, log);
    }
    resolveVcpus(log);
  }

  private void seeFirstReset(QemuLogReader log) {
    if (firstResetLine == 0) {
      firstResetLine = log.lineNumber();
      if (!showsStart) {
        // In which mode the guest was says nothing of the mode in which the machine starts.
        beforeFirstChoice = null;
      }
    }
  }

  private void resolveVcpus(QemuLogReader log) throws IOException {
    serverByEnv.forEach(
        (env, server) -> {
          if (vcpuByEnv.containsKey(env)) {
            servers.sawBoth(vcpuByEnv.get(env), server);
          }
        });
    servers.sawIndex(envs.size() - 1);
    if (!servers.resolve()) {
      throw log.error("up to here, indexes of vCPUs and their server numbers fit no machine");
    }
    serverByEnv.forEach((env, server) -> vcpuByEnv.putIfAbsent(env, servers.indexOf(server)));
  }

  private void sawBoth(int vcpu, int server) {
    if (server != NONE) {
      servers.sawBoth(vcpu, server);
    }
  }

  /** The server that a guest calls for, who may name any: {@link #NONE} if there can be none. */
  private static int hypercallServer(long number) {
    return number >= 0 && number < MAX_VCPUS ? (int) number : NONE;
  }

  /** The input that the current thread has just lowered, to take an exception. */
  private static long loweredEnv(QemuLogReader log, QemuEvent event, long before) {
    if (event == QemuEvent.IRQ_SET) {
      return log.value(2) == 0 ? log.value(0) : 0;
    }
    return event == QemuEvent.IRQ_SET_EXIT ? before : 0;
  }

  private void seeMode(QemuEvent event, boolean afterReset) {
    boolean xive = event.showsXive();
    boolean xics = event.use() == QemuEvent.Use.XICS;
    if (!xive && !xics) {
      return;
    }
    xiveSeen |= xive;
    xicsSeen |= xics;
    TraceMode mode = xive ? TraceMode.XIVE : TraceMode.XICS;
    int last = choices.size() - 1;
    if (last < 0) {
      beforeFirstChoice = beforeFirstChoice == null ? mode : beforeFirstChoice;
    } else if (!afterReset && choices.get(last) == null) {
      choices.set(last, mode);
    }
  }

  private void source(QemuLogReader log, long number, boolean lsi) throws IOException {
    if (number < 0 || number > 0xff_ffff) {
      throw log.error("a source number that no machine has");
    }
    sources.merge((int) number, lsi, Boolean::logicalOr);
  }

  private int vcpu(QemuLogReader log, long index) throws IOException {
    if (index < 0 || index >= MAX_VCPUS) {
      throw log.error("a vCPU that no machine has");
    }
    servers.sawIndex((int) index);
    return (int) index;
  }

  private int server(QemuLogReader log, long number) throws IOException {
    if (number < 0 || number >= MAX_VCPUS) {
      throw log.error("a server number that no machine has");
    }
    servers.sawServer((int) number);
    return (int) number;
  }

  /** Whether the log shows anything of an interrupt controller. */
  boolean hasController() {
    return xiveSeen || xicsSeen || claims;
  }

  /** The vCPU that a thread runs, or {@link TraceEvent#NO_VCPU}. */
  int vcpuOfThread(long thread) {
    return vcpuByThread.getOrDefault(thread, TraceEvent.NO_VCPU);
  }

  /** The interrupt server number of a vCPU. */
  int serverOf(int vcpu) {
    return servers.serverOf(vcpu);
  }

  /** The vCPU that an {@code env} pointer stands for, or {@link TraceEvent#NO_VCPU}. */
  int vcpuOfEnv(long env) {
    return vcpuByEnv.getOrDefault(env, TraceEvent.NO_VCPU);
  }

  /** The vCPU whose per-CPU offset Linux has in a register, or {@link TraceEvent#NO_VCPU}. */
  int vcpuOfOffset(long offset) {
    return vcpuByOffset.getOrDefault(offset, TraceEvent.NO_VCPU);
  }

  /** Whether a source was ever seen to have a level. */
  boolean isLsi(int source) {
    return sources.getOrDefault(source, false);
  }

  /** Whether a hypercall is one of XICS mode. */
  static boolean isXics(long opcode) {
    return (opcode >= Hcall.H_EOI && opcode <= Hcall.H_XIRR) || opcode == Hcall.H_XIRR_X;
  }

  /** Whether the guest takes interrupts of a XICS, and the log has none of its hypercalls. */
  boolean lacksHypercalls() {
    return observed.contains(TraceKind.ICP_ACCEPT) && !xicsHypercallSeen;
  }

  /**
   * Whether the log begins in a running machine, whose controller's state it does not tell, and has
   * no machine reset.
   */
  boolean beginsUnknown() {
    return !showsStart && firstResetLine == 0;
  }

  /**
   * Number of the line from which on the controller's state is known: the first, or in a log that
   * begins in a running machine that which follows its first reset, if it has one.
   */
  long knownFrom() {
    return showsStart ? 1 : firstResetLine;
  }

  /**
   * Number of the line from which on the log may not have its last operation to its end, so that it
   * cannot be compared; {@link Long#MAX_VALUE} if it has.
   */
  long unfinishedFrom() {
    return unfinished.firstLine() == 0 ? Long.MAX_VALUE : unfinished.firstLine();
  }

  /** Time of the first event of the log. */
  long firstNanos() {
    return firstNanos;
  }

  /** The mode in which the machine starts, and to which a reset returns it. */
  TraceMode initialMode() {
    if (beforeFirstChoice != null) {
      return beforeFirstChoice;
    }
    // Without evidence: a machine that offers both starts in XICS.
    return xicsSeen ? TraceMode.XICS : TraceMode.XIVE;
  }

  /** The mode that the guest chose the n-th time, from 0. */
  TraceMode choice(int n) {
    TraceMode chosen = n < choices.size() ? choices.get(n) : null;
    if (chosen != null) {
      return chosen;
    }
    return n == 0 ? initialMode() : choice(n - 1);
  }

  /** What the trace says first. */
  TraceHeader header(String origin) {
    TraceMode mode =
        xiveSeen && xicsSeen ? TraceMode.DUAL : xicsSeen ? TraceMode.XICS : TraceMode.XIVE;
    List<TraceHeader.Source> list = new ArrayList<>();
    sources.forEach((number, lsi) -> list.add(new TraceHeader.Source(number, lsi)));
    // An event that QEMU was told to trace is in the log each time: one shows that it was told.
    return TraceHeader.of(mode, origin, servers.all(), list).withObserved(observed);
  }
}
