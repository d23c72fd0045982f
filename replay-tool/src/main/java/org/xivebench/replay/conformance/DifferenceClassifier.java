package org.xivebench.replay.conformance;

import org.xivebench.replay.conformance.Step.Difference;
import org.xivebench.replay.conformance.XicsHistory.Server;
import org.xivebench.replay.conformance.XicsHistory.Source;

/**
 * Says what the first difference of a XICS file comes from. A kind is given only if the history of
 * the file has what that kind needs: a source moved while its event waits, an IPI withdrawn, and so
 * on. What is left is {@link DifferenceKind#UNEXPLAINED}.
 */
final class DifferenceClassifier implements ScenarioRunner.Watcher {
  private static final int XISR_MASK = 0xff_ffff;
  private static final int FIRST_JOINED_PRIORITY = XicsHistory.LEAST_FAVOURED;
  private static final String RTAS_SUCCESS = "H_SUCCESS status 0";
  private static final String RTAS_PARAMETER_ERROR = "H_SUCCESS status -3";

  /** How many sources KVM routes to a queue of 64 KiB: its entries less 2. */
  private static final int QUEUE_ROOM = 16382;

  private final XicsHistory history;
  private DifferenceKind kind;

  DifferenceClassifier(ScenarioHeader header) {
    this.history = new XicsHistory(header);
  }

  /** Returns what the difference comes from, or null if there was none. */
  DifferenceKind kind() {
    return kind;
  }

  @Override
  public void agreed(Operation operation) {
    history.add(operation);
  }

  @Override
  public void differed(Operation operation, Difference difference) {
    if (kind == null) {
      kind = classify(operation, difference);
    }
  }

  private DifferenceKind classify(Operation operation, Difference difference) {
    return switch (operation.name()) {
      case "rtas" -> ofRtas(operation, difference);
      case "hcall" -> ofHypercall(operation, difference);
      case "ext_probe" -> ofProbe(history.serverOf(operation), difference);
      default -> DifferenceKind.UNEXPLAINED;
    };
  }

  // ---- calls

  private DifferenceKind ofRtas(Operation operation, Difference difference) {
    long[] arguments = operation.wides("args");
    Source source = arguments.length == 0 ? null : history.source(arguments[0]);
    String name = operation.string("name");
    boolean wasDone = difference.expected().code().equals(RTAS_SUCCESS);
    boolean isDone = difference.got().code().equals(RTAS_SUCCESS);
    if (!isDone && !difference.got().code().equals(RTAS_PARAMETER_ERROR)) {
      return DifferenceKind.UNEXPLAINED; // KVM knows no other error
    }
    if (wasDone && !isDone) {
      return source == null
          ? DifferenceKind.UNCLAIMED_SOURCE
          : name.equals("ibm,int-on") && !source.routed
              ? DifferenceKind.NEVER_ROUTED
              : DifferenceKind.UNEXPLAINED;
    }
    if (wasDone) {
      return name.equals("ibm,get-xive") && fallsBack(source, difference)
          ? DifferenceKind.TARGET_FALLS_BACK
          : DifferenceKind.UNEXPLAINED;
    }
    boolean isExplained = !isDone || (name.equals("ibm,set-xive") && isLenient(arguments, source));
    return isExplained ? DifferenceKind.RTAS_CHECKS : DifferenceKind.UNEXPLAINED;
  }

  /** Whether another server was taken because the source's own had no room left. */
  private boolean fallsBack(Source source, Difference difference) {
    long expected = difference.expected().values().get(0);
    long got = difference.got().values().get(0);
    Server asked = history.server((int) expected);
    return source != null
        && expected == source.server
        && history.server((int) got) != null
        && asked != null
        && source.priority != XicsHistory.MASKED
        && asked.routings[Math.min(source.priority, FIRST_JOINED_PRIORITY)] > QUEUE_ROOM
        && difference.expected().values().get(1).equals(difference.got().values().get(1));
  }

  /** Whether KVM has to take arguments of ibm,set-xive that a XICS refuses. */
  private boolean isLenient(long[] arguments, Source source) {
    if (source == null || arguments.length != 3) {
      return false;
    }
    boolean isServer = history.server((int) arguments[1]) != null;
    int priority = (int) arguments[2];
    boolean isCut = (priority & ~0xff) != 0 && (priority & 0xff) != XicsHistory.MASKED;
    return isServer ? isCut : priority == XicsHistory.MASKED && !source.routed;
  }

  private DifferenceKind ofHypercall(Operation operation, Difference difference) {
    String name = operation.string("name");
    if (!difference.expected().code().isEmpty()) {
      boolean ofNoSource =
          name.equals("H_EOI")
              && history.source(operation.wides("args")[0] & XISR_MASK) == null
              && difference.expected().code().equals("H_SUCCESS")
              && difference.got().code().equals("H_PARAMETER");
      return ofNoSource ? DifferenceKind.EOI_OF_NO_SOURCE : DifferenceKind.UNEXPLAINED;
    }
    return switch (name) {
      case "H_XIRR", "H_XIRR_X" -> ofXirr(history.serverOf(operation), difference);
      case "H_IPOLL" -> ofXirr((int) operation.wides("args")[0], difference);
      default -> DifferenceKind.UNEXPLAINED;
    };
  }

  // ---- presentation

  private DifferenceKind ofXirr(int serverNumber, Difference difference) {
    Server server = history.server(serverNumber);
    if (server == null || !hasOneValue(difference)) {
      return DifferenceKind.UNEXPLAINED;
    }
    long expected = difference.expected().values().get(0);
    long got = difference.got().values().get(0);
    int expectedXisr = (int) expected & XISR_MASK;
    int gotXisr = (int) got & XISR_MASK;
    int expectedCppr = (int) (expected >>> 24);
    int gotCppr = (int) (got >>> 24);
    if (!canBeDue(serverNumber, server, gotXisr)) {
      return DifferenceKind.UNEXPLAINED;
    }
    if (server.acceptedNothing) {
      boolean keepsCppr =
          expectedCppr == XicsHistory.MASKED
              && gotCppr == joined(server.cppr)
              && (!server.admits(priorityOf(server, expectedXisr))
                  || isExplained(server, expectedXisr, gotXisr));
      return keepsCppr ? DifferenceKind.ACCEPT_OF_NOTHING : DifferenceKind.UNEXPLAINED;
    }
    if (expectedCppr != gotCppr) {
      return ofCppr(server, expectedCppr, gotCppr, expectedXisr, gotXisr);
    }
    boolean isBelow = isLeastFavoured(server, expectedXisr) && isLeastFavoured(server, gotXisr);
    if (isBelow
        && (isJoined(server.cppr)
            || isJoined(priorityOf(server, expectedXisr))
            || isJoined(priorityOf(server, gotXisr)))) {
      return DifferenceKind.PRIORITIES_FROM_6;
    }
    return ofXisr(server, expectedXisr, gotXisr);
  }

  /** R5 of H_IPOLL is not compared: what is left is one word. */
  private static boolean hasOneValue(Difference difference) {
    return !difference.expected().values().isEmpty() && !difference.got().values().isEmpty();
  }

  /** CPPR itself differs: it was joined, or taken from what a changed event was queued with. */
  private DifferenceKind ofCppr(
      Server server, int expected, int got, int expectedXisr, int gotXisr) {
    if (isJoined(expected) && got == FIRST_JOINED_PRIORITY) {
      boolean isAll =
          isLeastFavoured(server, expectedXisr) || isExplained(server, expectedXisr, gotXisr);
      return isAll ? DifferenceKind.PRIORITIES_FROM_6 : DifferenceKind.UNEXPLAINED;
    }
    return server.acceptedChanged && got == joined(server.acceptedPriority)
        ? DifferenceKind.EVENT_STAYS_QUEUED
        : DifferenceKind.UNEXPLAINED;
  }

  /** Whether what differs beside CPPR is the same, or of a kind of its own. */
  private boolean isExplained(Server server, int expectedXisr, int gotXisr) {
    return expectedXisr == gotXisr
        || ofXisr(server, expectedXisr, gotXisr) != DifferenceKind.UNEXPLAINED;
  }

  /**
   * Whether an interrupt can be there at all. One that no device has sent, or that the guest has
   * taken since, no difference of the two explains.
   */
  private boolean canBeDue(int serverNumber, Server server, int xisr) {
    if (xisr == 0) {
      return true;
    }
    if (xisr == XicsHistory.IPI) {
      return server.admits(server.mfrr);
    }
    Source source = history.source(xisr);
    return source != null
        && (source.isWaitingAt(serverNumber)
            || source.changedWhileWaiting
            || source.cameInService
            || source.cameAgain);
  }

  private DifferenceKind ofXisr(Server server, int expected, int got) {
    Source expectedSource = history.source(expected);
    Source gotSource = history.source(got);
    int expectedPriority = priorityOf(server, expected);
    int gotPriority = priorityOf(server, got);
    boolean isNoWorse = expected == 0 || gotPriority <= expectedPriority;
    if (gotSource != null && gotSource.lsi && gotSource.cameInService && isNoWorse) {
      return DifferenceKind.LINE_IS_AN_EDGE;
    }
    if (isChanged(expectedSource) || isChanged(gotSource)) {
      return DifferenceKind.EVENT_STAYS_QUEUED;
    }
    if (gotSource != null && gotSource.sentAgain && isNoWorse) {
      return DifferenceKind.EVENT_AGAIN;
    }
    if (expected == XicsHistory.IPI && server.ipiWithdrawn) {
      return DifferenceKind.NOTHING_IS_LATCHED;
    }
    if (expectedSource != null
        && (expectedSource.cameInService
            || (expectedSource.inService && expectedSource.cameAgain))) {
      return DifferenceKind.ONE_EVENT_PER_SOURCE;
    }
    if (isIdle(expectedSource) || isIdle(gotSource)) {
      return DifferenceKind.UNEXPLAINED;
    }
    if (expected != 0 && got != 0 && expectedPriority == gotPriority) {
      if (expectedSource == null) {
        return DifferenceKind.UNEXPLAINED; // KVM would have taken the IPI
      }
      return gotSource == null
          ? DifferenceKind.TIE_GOES_TO_IPI
          : gotSource.queuedAt < expectedSource.queuedAt
              ? DifferenceKind.ORDER_OF_ARRIVAL
              : DifferenceKind.UNEXPLAINED;
    }
    boolean otherLevelShown = server.hadIpi || server.mayHavePushedAgain;
    if (expected != 0 && otherLevelShown && (got == 0 || gotPriority > expectedPriority)) {
      return DifferenceKind.ACKNOWLEDGED_LEVELS_ONLY;
    }
    return DifferenceKind.UNEXPLAINED;
  }

  private DifferenceKind ofProbe(int serverNumber, Difference difference) {
    Server server = history.server(serverNumber);
    boolean wasUp = difference.expected().values().get(0) != 0;
    if (wasUp && server.acceptedNothing) {
      return DifferenceKind.ACCEPT_OF_NOTHING; // the lower CPPR of KVM keeps it back
    }
    if (wasUp && isJoined(server.cppr)) {
      return DifferenceKind.PRIORITIES_FROM_6; // so does 6
    }
    if (!wasUp && server.hadIpiAgain) {
      return DifferenceKind.SPURIOUS_INTERRUPT;
    }
    for (Source source : history.sources()) {
      if (source.isWaitingAt(serverNumber) && source.changedWhileWaiting) {
        return DifferenceKind.EVENT_STAYS_QUEUED;
      }
      if (wasUp && source.isWaitingAt(serverNumber) && source.cameInService) {
        return DifferenceKind.ONE_EVENT_PER_SOURCE;
      }
    }
    return !wasUp && (server.hadIpi || server.mayHavePushedAgain)
        ? DifferenceKind.SPURIOUS_INTERRUPT
        : DifferenceKind.UNEXPLAINED;
  }

  private static boolean isIdle(Source source) {
    return source != null && !source.isWaiting();
  }

  private static boolean isChanged(Source source) {
    return source != null && source.changedWhileWaiting;
  }

  private int priorityOf(Server server, int xisr) {
    Source source = history.source(xisr);
    return source != null
        ? source.priority
        : xisr == XicsHistory.IPI ? server.mfrr : XicsHistory.MASKED;
  }

  private static boolean isJoined(int priority) {
    return priority > FIRST_JOINED_PRIORITY && priority < XicsHistory.MASKED;
  }

  /** Returns what KVM makes of a priority. */
  private static int joined(int priority) {
    return isJoined(priority) ? FIRST_JOINED_PRIORITY : priority;
  }

  /** Whether an interrupt is one of those that KVM does not tell apart, or none. */
  private boolean isLeastFavoured(Server server, int xisr) {
    return priorityOf(server, xisr) >= FIRST_JOINED_PRIORITY;
  }
}
