package org.xivebench.xive;

import java.util.ArrayList;
import java.util.List;

/**
 * The interrupt hardware once more, written plainly from the tables of the specification: one
 * thread, no bit packing, no shared code with the model beyond offsets. It is compared with the
 * model step by step.
 */
final class ReferenceHardware {

  /** A source: P and Q, a line, and where its events go. */
  static final class Source {
    final boolean lsi;
    final boolean storeEoi;
    boolean p;
    boolean q = true;
    boolean line;
    boolean masked = true;
    Queue target;
    int eisn;

    Source(boolean lsi, boolean storeEoi) {
      this.lsi = lsi;
      this.storeEoi = storeEoi;
    }

    int pq() {
      return (p ? 2 : 0) + (q ? 1 : 0);
    }

    private void set(int pq) {
      p = pq >= 2;
      q = pq % 2 == 1;
    }
  }

  /** An END and its queue. */
  static final class Queue {
    final Vp vp;
    final int priority;
    boolean valid;
    boolean alwaysNotify;
    boolean escalates;
    boolean gathered;
    int entries;
    int index;
    boolean generation;
    int esn = 1;
    int ese = 1;
    List<Integer> memory = new ArrayList<>();

    Queue(Vp vp, int priority) {
      this.vp = vp;
      this.priority = priority;
    }
  }

  /** A VP with its saved state and, while it is dispatched, its thread. */
  static final class Vp {
    final Queue[] queues = new Queue[8];
    boolean enabled = true;
    boolean[] saved = new boolean[8];
    HardwareThread thread;
    int gatherPq = 1;
    int wakeUps;

    Vp() {
      for (int priority = 0; priority < 8; priority++) {
        queues[priority] = new Queue(this, priority);
      }
    }
  }

  /** A hardware thread's OS ring. */
  static final class HardwareThread {
    Vp vp;
    boolean exception;
    int cppr;
    boolean[] pending = new boolean[8];

    int pipr() {
      for (int priority = 0; priority < 8; priority++) {
        if (pending[priority]) {
          return priority;
        }
      }
      return 0xff;
    }

    private void evaluate() {
      exception = pipr() < cppr;
    }

    int ipb() {
      int bits = 0;
      for (int priority = 0; priority < 8; priority++) {
        bits = 2 * bits + (pending[priority] ? 1 : 0);
      }
      return bits;
    }

    boolean line() {
      return vp != null && exception;
    }
  }

  // ---- sources

  long load(Source source, int offset) {
    int at = offset % 0x1000;
    int old = source.pq();
    if (at < 0x800) {
      return endOfInterrupt(source) ? 1 : 0;
    }
    if (at >= 0xc00) {
      source.set((at - 0xc00) / 0x100);
    }
    return old;
  }

  void store(Source source, int offset) {
    int at = offset % 0x1000;
    if (at < 0x400) {
      trigger(source);
    } else if (at < 0x800) {
      if (source.storeEoi) {
        endOfInterrupt(source);
      }
    } else if (at >= 0xc00) {
      source.set((at - 0xc00) / 0x100);
    }
  }

  void trigger(Source source) {
    if (!source.lsi) {
      pulse(source);
    }
  }

  void line(Source source, boolean up) {
    boolean rises = up && !source.line;
    source.line = up;
    if (rises && source.pq() == 0) {
      source.set(2);
      event(source);
    }
  }

  private void pulse(Source source) {
    switch (source.pq()) {
      case 0 -> {
        source.set(2);
        event(source);
      }
      case 2 -> source.set(3);
      default -> {}
    }
  }

  private boolean endOfInterrupt(Source source) {
    switch (source.pq()) {
      case 0, 2 -> {
        source.set(0);
        if (source.lsi && source.line) {
          source.set(2);
          event(source);
          return true;
        }
        return false;
      }
      case 3 -> {
        source.set(2);
        if (source.lsi && source.line) {
          return false;
        }
        event(source);
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  private void event(Source source) {
    if (!source.masked) {
      event(source.target, source.eisn);
    }
  }

  // ---- ENDs

  private void event(Queue queue, int data) {
    if (!queue.valid) {
      return;
    }
    if (queue.entries > 0) {
      int entry = data + (queue.generation ? 0x8000_0000 : 0);
      queue.memory.set(queue.index, entry);
      queue.index++;
      if (queue.index == queue.entries) {
        queue.index = 0;
        queue.generation = !queue.generation;
      }
    }
    if (!queue.alwaysNotify) {
      boolean first = queue.esn == 0;
      queue.esn = queue.esn == 1 ? 1 : first ? 2 : 3;
      if (!first) {
        return;
      }
    }
    present(queue);
  }

  private void present(Queue queue) {
    Vp vp = queue.vp;
    if (!vp.enabled) {
      return;
    }
    if (vp.thread != null) {
      vp.thread.pending[queue.priority] = true;
      vp.thread.evaluate();
      return;
    }
    vp.saved[queue.priority] = true;
    if (!queue.escalates) {
      return;
    }
    if (queue.gathered) {
      boolean armed = vp.gatherPq == 0;
      vp.gatherPq = vp.gatherPq == 1 ? 1 : armed ? 2 : 3;
      if (armed) {
        vp.wakeUps++;
      }
    }
  }

  long loadNotifyPage(Queue queue, int offset) {
    if (!queue.valid) {
      return -1;
    }
    int at = offset % 0x1000;
    int old = queue.esn;
    if (at >= 0xc00) {
      queue.esn = (at - 0xc00) / 0x100;
      return old;
    }
    if (at >= 0x800) {
      return old;
    }
    queue.esn = old == 3 ? 2 : old == 1 ? 1 : 0;
    if (old == 3) {
      present(queue);
      return 1;
    }
    return 0;
  }

  // ---- threads

  int acknowledge(HardwareThread thread) {
    int before = thread.exception ? 0x80 : 0;
    if (thread.exception) {
      thread.cppr = thread.pipr();
      thread.pending[thread.cppr] = false;
      thread.exception = false;
    }
    return before * 256 + thread.cppr;
  }

  void setCppr(HardwareThread thread, int value) {
    thread.cppr = value > 7 ? 0xff : value;
    thread.evaluate();
  }

  void setPending(HardwareThread thread, int priority) {
    if (priority < 8) {
      thread.pending[priority] = true;
    }
    thread.evaluate();
  }

  void push(HardwareThread thread, Vp vp) {
    thread.vp = vp;
    vp.thread = thread;
    for (int priority = 0; priority < 8; priority++) {
      thread.pending[priority] |= vp.saved[priority];
      vp.saved[priority] = false;
    }
    thread.evaluate();
  }

  void pull(HardwareThread thread) {
    if (thread.vp != null) {
      thread.vp.thread = null;
      thread.vp = null;
    }
  }
}
