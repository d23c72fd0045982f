package org.xivebench.benchmarks;

import org.xivebench.kvm.GuestMemory;
import org.xivebench.xive.CamWord;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.InterruptLine;
import org.xivebench.xive.Opal;
import org.xivebench.xive.QueueMemory;
import org.xivebench.xive.Tima;
import org.xivebench.xive.Xive;

/** A vCPU with sources of its own, a 64 KiB queue in guest memory, and an interrupt driver. */
final class Guest {
  private static final int PRIORITY = 6;
  private static final int ENTRIES = 1 << 14;

  /** The input that the hardware drives. */
  static final class Line implements InterruptLine {
    private volatile boolean up;

    @Override
    public void raise() {
      up = true;
    }

    @Override
    public void lower() {
      up = false;
    }

    boolean isUp() {
      return up;
    }
  }

  /** A queue in guest memory, found by address at each access. */
  private record GuestQueue(GuestMemory memory, long address) implements QueueMemory {
    @Override
    public void putEntry(int index, int bigEndianWord) {
      memory.writeInt(address + 4L * index, bigEndianWord);
    }

    @Override
    public int entry(int index) {
      return memory.readInt(address + 4L * index);
    }
  }

  private final EsbSource[] sources;
  private final Tima tima;
  private final Line line = new Line();
  private final GuestMemory memory;
  private final long queueAddress;
  private int index;
  private int toggle;

  /**
   * @param number of the vCPU, from 0; the VPs are at {@code vpBase} and up
   * @param sourceCount how many sources it has, all at one priority
   */
  Guest(Xive xive, int vpBase, GuestMemory memory, int number, int sourceCount) {
    int vp = vpBase + number;
    this.memory = memory;
    queueAddress = (1L + number) << 16;
    Opal opal = xive.opal();
    check(opal.setVpInfo(vp, Opal.VP_ENABLED | Opal.VP_SINGLE_ESCALATION));
    check(
        opal.setQueueInfo(
            vp,
            PRIORITY,
            new GuestQueue(memory, queueAddress),
            queueAddress,
            16,
            Opal.QUEUE_ENABLED | Opal.QUEUE_ALWAYS_NOTIFY | Opal.QUEUE_ESCALATE));
    tima = xive.newTima();
    tima.setInterruptLine(line);
    tima.pushOsContext(vp | CamWord.VO.mask());
    tima.setOsCppr(0xff);
    sources = new EsbSource[sourceCount];
    for (int i = 0; i < sourceCount; i++) {
      int hwIrq = opal.allocateIrq();
      check(opal.setIrqConfig(hwIrq, vp, PRIORITY, 0x1000 * (number + 1) + i));
      sources[i] = xive.source(hwIrq);
      sources[i].loadManagement(EsbOffset.SET_PQ_00);
    }
  }

  private static void check(int code) {
    if (code != 0) {
      throw new IllegalStateException("firmware: " + code);
    }
  }

  /** A device's message: PQ, EAS, queue entry, IPB, line. */
  void trigger(int source) {
    sources[source].storeTrigger(0, 0);
  }

  /** What a guest does then: acknowledge, read the queue, EOI of source 0, CPPR. */
  int handle() {
    if (!line.isUp()) {
      throw new AssertionError("no interrupt");
    }
    if ((tima.acknowledgeOs() & 0x8000) == 0) {
      throw new AssertionError("spurious");
    }
    int entry = memory.readInt(queueAddress + 4L * index);
    if (entry >>> 31 == toggle) {
      throw new AssertionError("no entry");
    }
    index = (index + 1) & (ENTRIES - 1);
    if (index == 0) {
      toggle ^= 1;
    }
    sources[0].loadManagement(EsbOffset.LOAD_EOI);
    tima.setOsCppr(0xff);
    return entry;
  }

  /** Makes every source ready again. */
  void rearm() {
    tima.acknowledgeOs();
    for (EsbSource source : sources) {
      if (source.loadManagement(EsbOffset.SET_PQ_00) > 2) {
        throw new AssertionError("not delivered");
      }
    }
    tima.setOsCppr(0xff);
  }
}
