package org.xivebench.replay.ordered;

import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;

/** Compares snapshots of the controller's state with the model's. */
final class SnapshotCheck {
  private final TraceMode mode;
  private final MachineModel model;
  private final Tally tally;
  private final DivergenceSink sink;

  /** A snapshot has come, and nothing of its content yet. */
  private boolean unshown;

  private final TraceEvent shown = new TraceEvent();

  SnapshotCheck(TraceMode mode, MachineModel model, Tally tally, DivergenceSink sink) {
    this.mode = mode;
    this.model = model;
    this.tally = tally;
    this.sink = sink;
  }

  /** A snapshot begins. */
  void begin() {
    end();
    unshown = true;
  }

  /** No more comes of the last one: if nothing has, its content was not recorded. */
  void end() {
    if (unshown) {
      tally.gap(Gap.SNAPSHOT);
      unshown = false;
    }
  }

  /** Compares a part of a snapshot: no operation was under way when it was taken. */
  void compare(TraceEvent part) {
    unshown = false;
    if (model.isInKernel()) {
      tally.gap(Gap.NOT_SHOWN);
      return;
    }
    boolean exists = model.snapshots().show(part, shown);
    boolean same = exists && shown.sameContent(part);
    Gap gap = same ? null : gap(part);
    if (gap != null) {
      tally.gap(gap);
      return;
    }
    tally.checked(part.kind());
    if (!same) {
      sink.differs(part, part.content(), exists ? shown.content() : "there is none");
    }
  }

  /** Why the model cannot know a part of a snapshot, or null. */
  private Gap gap(TraceEvent part) {
    boolean ofXics =
        part.kind() == TraceKind.SNAPSHOT_PRESENTER || part.kind() == TraceKind.SNAPSHOT_ICS_SOURCE;
    if (mode == (ofXics ? TraceMode.XIVE : TraceMode.XICS)) {
      return Gap.SNAPSHOT_MODE;
    }
    boolean blank =
        part.kind() == TraceKind.SNAPSHOT_ICS_SOURCE
            && part.get(TraceField.PRIORITY) == 0
            && part.get(TraceField.SOURCE_STATE) == 0;
    return blank && mode == TraceMode.XICS ? Gap.SNAPSHOT_CLAIM : null;
  }
}
