package org.xivebench.replay.guest;

import java.util.function.IntConsumer;
import org.xivebench.kvm.GuestMemory;
import org.xivebench.kvm.device.GuestContext.EventQueue;
import org.xivebench.xive.QueueEntry;

/**
 * A consumer's place in an event queue in guest memory: an entry is new when its generation differs
 * from {@code toggle}, which flips when the index wraps. For the vCPU that owns the queue, or for a
 * swap when every vCPU is outside.
 */
public final class EventQueueReader {
  /** Nothing new. A queue entry has 31 bits of data. */
  public static final int NONE = -1;

  private final GuestMemory memory;
  private final EventQueue queue;
  private final int indexMask;
  private int index;
  private int toggle;

  /** Begins at the start of a zeroed queue. */
  public EventQueueReader(GuestMemory memory, EventQueue queue) {
    this.memory = memory;
    this.queue = queue;
    this.indexMask = (1 << (queue.order() - 2)) - 1;
  }

  EventQueue queue() {
    return queue;
  }

  int index() {
    return index;
  }

  int toggle() {
    return toggle;
  }

  /** Goes on at another place. */
  public void moveTo(int newIndex, int newToggle) {
    index = newIndex & indexMask;
    toggle = newToggle & 1;
  }

  /** Returns the EISN of the next new entry without taking it, or {@link #NONE}. */
  int peek() {
    return entryAt(index, toggle);
  }

  /** Takes the next new entry. Returns its EISN, or {@link #NONE}. */
  int take() {
    int eisn = entryAt(index, toggle);
    if (eisn != NONE) {
      index = (index + 1) & indexMask;
      if (index == 0) {
        toggle ^= 1;
      }
    }
    return eisn;
  }

  /** Tells what is new, in order, without taking it. */
  public void forEachUnread(IntConsumer eisn) {
    int at = index;
    int generation = toggle;
    for (int data = entryAt(at, generation); data != NONE; data = entryAt(at, generation)) {
      eisn.accept(data);
      at = (at + 1) & indexMask;
      if (at == 0) {
        generation ^= 1;
      }
      if (at == index) {
        return; // every entry is new
      }
    }
  }

  /** Zeroes the queue and begins at its start. */
  public void reset() {
    memory.clear(queue.address(), 1L << queue.order());
    index = 0;
    toggle = 0;
  }

  private int entryAt(int at, int generation) {
    int entry = memory.readInt(queue.address() + 4L * at);
    return entry >>> 31 == generation ? NONE : QueueEntry.DATA.get(entry);
  }
}
