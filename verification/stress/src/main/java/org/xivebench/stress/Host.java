package org.xivebench.stress;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.xive.CamWord;
import org.xivebench.xive.End;
import org.xivebench.xive.EndWord1;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.Opal;
import org.xivebench.xive.QueueMemory;
import org.xivebench.xive.Tima;
import org.xivebench.xive.Xive;

/** A host with two enabled VPs, queues at priorities 4 and 6 of each, and a TIMA for the first. */
final class Host {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

  /** A queue of 4 KiB that notices a write after it was given back. */
  static final class Queue implements QueueMemory {
    private final int[] words = new int[1024];
    private volatile boolean freed;
    private volatile boolean writtenAfterFree;

    @Override
    public void putEntry(int index, int bigEndianWord) {
      if (freed) {
        writtenAfterFree = true;
      }
      WORD.setRelease(words, index, bigEndianWord);
    }

    @Override
    public int entry(int index) {
      return (int) WORD.getAcquire(words, index);
    }

    void free() {
      freed = true;
    }

    boolean writtenAfterFree() {
      return writtenAfterFree;
    }
  }

  final Xive xive = new Xive.Builder().vpCount(4).irqCount(4).build();
  final Opal opal = xive.opal();
  final int first;
  final int second;
  final Tima tima = xive.newTima();
  final Queue queue6 = new Queue();

  Host() {
    first = opal.allocateVpBlock(1);
    second = first + 1;
    for (int vp = first; vp <= second; vp++) {
      opal.setVpInfo(vp, Opal.VP_ENABLED);
      configure(vp, 4, new Queue());
      configure(vp, 6, vp == first ? queue6 : new Queue());
    }
    tima.setOsCppr(0xff);
  }

  private void configure(int vp, int priority, Queue queue) {
    opal.setQueueInfo(
        vp, priority, queue, 0x1000, 12, Opal.QUEUE_ENABLED | Opal.QUEUE_ALWAYS_NOTIFY);
  }

  /** A source that is routed and ready. */
  EsbSource source(int vp, int priority, int eisn) {
    int hwIrq = opal.allocateIrq();
    opal.setIrqConfig(hwIrq, vp, priority, eisn);
    EsbSource source = xive.source(hwIrq);
    source.loadManagement(EsbOffset.SET_PQ_00);
    return source;
  }

  void push() {
    tima.pushOsContext(first | CamWord.VO.mask());
  }

  /** How many entries a queue has got. */
  int events(int vp, int priority) {
    End end = xive.end(vp, priority);
    return EndWord1.PAGE_OFFSET.get(end.word1());
  }
}
