package org.xivebench.replay.conformance;

import org.xivebench.replay.conformance.ScenarioRunner.Difference;
import org.xivebench.replay.conformance.XicsHistory.Server;
import org.xivebench.replay.conformance.XicsHistory.Source;

/**
 * Says what the first difference of a XICS file comes from. A kind is given only if the history of
 * the file has what that kind needs: a source moved while its event waits, an IPI withdrawn, and so
 * on. What is left is {@link DifferenceKind#UNEXPLAINED}.
 */
final class DifferenceClassifier implements ScenarioRunner.Watcher {
  private static final int XISR_MASK = 0xff_ffff;
  private static final int FIRST_JOINED_PRIORITY = 6;
  private static final String RTAS_SUCCESS = "H_SUCCESS status 0";

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
    if (source == null && wasDone && !isDone) {
      return DifferenceKind.UNCLAIMED_SOURCE;
    }
    if (name.equals("ibm,int-on") && wasDone && !isDone && !source.routed) {
      return DifferenceKind.NEVER_ROUTED;
    }
    if (name.equals("ibm,get-xive") && wasDone && isDone) {
      return difference.expected().values().get(1).equals(difference.got().values().get(1))
          ? DifferenceKind.TARGET_FALLS_BACK
          : DifferenceKind.UNEXPLAINED;
    }
    boolean bothRefused = !wasDone && !isDone;
    return bothRefused || (name.equals("ibm,set-xive") && !wasDone)
        ? DifferenceKind.RTAS_CHECKS
        : DifferenceKind.UNEXPLAINED;
  }

  private DifferenceKind ofHypercall(Operation operation, Difference difference) {
    String name = operation.string("name");
    if (!difference.expected().code().isEmpty()) {
      boolean ofNoSource =
          name.equals("H_EOI") && history.source(operation.wides("args")[0] & XISR_MASK) == null;
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
    long expected = difference.expected().values().get(0);
    long got = difference.got().values().get(0);
    if (server.acceptedNothing) {
      return DifferenceKind.ACCEPT_OF_NOTHING;
    }
    int expectedXisr = (int) expected & XISR_MASK;
    int gotXisr = (int) got & XISR_MASK;
    if (isJoined(server.cppr)
        || isJoined(priorityOf(server, expectedXisr))
        || isJoined(priorityOf(server, gotXisr))) {
      return DifferenceKind.PRIORITIES_FROM_6;
    }
    if (expected >>> 24 == got >>> 24) {
      return ofXisr(server, expectedXisr, gotXisr);
    }
    return server.acceptedChanged ? DifferenceKind.EVENT_STAYS_QUEUED : DifferenceKind.UNEXPLAINED;
  }

  private DifferenceKind ofXisr(Server server, int expected, int got) {
    Source expectedSource = history.source(expected);
    Source gotSource = history.source(got);
    int expectedPriority = priorityOf(server, expected);
    int gotPriority = priorityOf(server, got);
    if (gotSource != null && gotSource.lsi && gotSource.cameInService) {
      return DifferenceKind.LINE_IS_AN_EDGE;
    }
    if (isChanged(expectedSource) || isChanged(gotSource)) {
      return DifferenceKind.EVENT_STAYS_QUEUED;
    }
    if (gotSource != null
        && gotSource.sentAgain
        && (expected == 0 || gotPriority <= expectedPriority)) {
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
      boolean oneIsIpi = expected == XicsHistory.IPI || got == XicsHistory.IPI;
      return oneIsIpi ? DifferenceKind.TIE_GOES_TO_IPI : DifferenceKind.ORDER_OF_ARRIVAL;
    }
    boolean otherLevelShown = server.hadIpi || server.mayHavePushedAgain;
    if (expected != 0 && otherLevelShown && (got == 0 || gotPriority > expectedPriority)) {
      return DifferenceKind.ACKNOWLEDGED_LEVELS_ONLY;
    }
    return DifferenceKind.UNEXPLAINED;
  }

  private DifferenceKind ofProbe(int serverNumber, Difference difference) {
    Server server = history.server(serverNumber);
    if (server.acceptedNothing) {
      return DifferenceKind.ACCEPT_OF_NOTHING;
    }
    if (isJoined(server.cppr)) {
      return DifferenceKind.PRIORITIES_FROM_6;
    }
    boolean wasUp = difference.expected().values().get(0) != 0;
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
}
