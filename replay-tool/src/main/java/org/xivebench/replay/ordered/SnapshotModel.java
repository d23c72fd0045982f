package org.xivebench.replay.ordered;

import org.xivebench.kvm.GuestMemory;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.vmm.ControllerView;
import org.xivebench.replay.vmm.Machine;

/** Says what a snapshot of the model would show, in the words of the recorded one. */
final class SnapshotModel {
  private static final int NOT_ROUTED = 0xff;
  private static final int LAST_ENTRIES = 5;

  private final Machine machine;

  SnapshotModel(Machine machine) {
    this.machine = machine;
  }

  /**
   * Fills an event with what the model has in the place of what was recorded.
   *
   * @param into of the same kind and about the same thing as {@code recorded} when this returns
   * @return whether the model has such a thing now
   */
  boolean show(TraceEvent recorded, TraceEvent into) {
    TraceEvent unusedCopy = into.copyFrom(recorded);
    ControllerView view = machine.emulatedController();
    return switch (recorded.kind()) {
      case SNAPSHOT_RING -> showRing(into);
      case SNAPSHOT_SOURCE -> showSource(view, into);
      case SNAPSHOT_QUEUE -> showQueue(view, into);
      case SNAPSHOT_PRESENTER -> showPresenter(view, into);
      default -> showIcsSource(view, into);
    };
  }

  private boolean showRing(TraceEvent into) {
    into.set(TraceField.OS_RING, machine.emulatedRing(into.getInt(TraceField.TARGET)));
    return true;
  }

  private static boolean showSource(ControllerView view, TraceEvent into) {
    ControllerView.XiveSource source = view.xiveSource(into.getInt(TraceField.SOURCE));
    if (source == null) {
      return false;
    }
    boolean routed = !source.masked() && view.queueOf(source.server(), source.priority()).valid();
    into.set(TraceField.PQ, source.pq())
        .set(TraceField.LEVEL, source.asserted() ? 1 : 0)
        .set(TraceField.MASKED, source.masked())
        .set(TraceField.EISN, source.eisn())
        .set(TraceField.ROUTED_SERVER, routed ? source.server() : 0)
        .set(TraceField.PRIORITY, routed ? source.priority() : NOT_ROUTED);
    return true;
  }

  private boolean showQueue(ControllerView view, TraceEvent into) {
    ControllerView.Queue queue =
        view.queueOf(into.getInt(TraceField.SERVER), into.getInt(TraceField.PRIORITY));
    if (queue == null || !queue.valid()) {
      return false;
    }
    int entries = 1 << (queue.order() - 2);
    into.set(TraceField.GUEST_ADDRESS, queue.address())
        .set(TraceField.ENTRIES, entries)
        .set(TraceField.QUEUE_INDEX, queue.index())
        .set(TraceField.TOGGLE, queue.generation());
    TraceField[] pairs = {TraceField.ENTRIES_5_4, TraceField.ENTRIES_3_2, TraceField.ENTRIES_1_0};
    for (int i = 0; i < pairs.length; i++) {
      long recorded = into.get(pairs[i]);
      int first = queue.index() - LAST_ENTRIES + 2 * i;
      long high = entry(queue, first, entries, (int) (recorded >>> 32));
      long low = entry(queue, first + 1, entries, (int) recorded);
      into.set(pairs[i], high << 32 | low);
    }
    return true;
  }

  /**
   * An entry as it lies in memory, or as it was recorded where the controller may not have written
   * it since the queue was set up: what was there before is the guest's.
   */
  private long entry(ControllerView.Queue queue, int position, int entries, int recorded) {
    boolean firstRound = queue.generation() == 1;
    GuestMemory memory = machine.vm().memory();
    boolean written = !firstRound || (position >= 0 && position < queue.index());
    if (!written || !memory.contains(queue.address(), (long) entries * Integer.BYTES)) {
      return Integer.toUnsignedLong(recorded);
    }
    long at = queue.address() + (long) Integer.BYTES * Math.floorMod(position, entries);
    return Integer.toUnsignedLong(memory.readInt(at));
  }

  private static boolean showPresenter(ControllerView view, TraceEvent into) {
    ControllerView.Presenter presenter = view.presenter(into.getInt(TraceField.SERVER));
    if (presenter == null) {
      return false;
    }
    into.set(TraceField.XIRR, presenter.xirr())
        .set(TraceField.PENDING_PRIORITY, presenter.pendingPriority())
        .set(TraceField.MFRR, presenter.mfrr());
    return true;
  }

  private static boolean showIcsSource(ControllerView view, TraceEvent into) {
    ControllerView.IcsSource source = view.icsSource(into.getInt(TraceField.SOURCE));
    if (source == null) {
      return false;
    }
    into.set(TraceField.PRIORITY, source.priority()).set(TraceField.SOURCE_STATE, source.state());
    return true;
  }
}
