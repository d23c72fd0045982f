package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;

/**
 * A host with two enabled VPs, VP {@code a} and VP {@code b}, each with a 4 KiB queue at priority 5
 * and one at 6, all always notifying, and a TIMA for each; nothing is pushed.
 */
final class HardwareFixture {
  static final int ENABLED_NOTIFY = Opal.QUEUE_ENABLED | Opal.QUEUE_ALWAYS_NOTIFY;

  /** A queue in an array. */
  static final class ArrayQueue implements QueueMemory {
    final int[] words;

    ArrayQueue(int order) {
      words = new int[1 << (order - 2)];
    }

    @Override
    public void putEntry(int index, int bigEndianWord) {
      words[index] = bigEndianWord;
    }

    @Override
    public int entry(int index) {
      return words[index];
    }

    int written() {
      return (int) Arrays.stream(words).filter(word -> word != 0).count();
    }
  }

  final Xive xive;
  final Opal opal;
  final int a;
  final int b;
  final Tima timaA;
  final Tima timaB;
  final ArrayQueue a5 = new ArrayQueue(12);
  final ArrayQueue a6 = new ArrayQueue(12);
  final ArrayQueue b5 = new ArrayQueue(12);
  final ArrayQueue b6 = new ArrayQueue(12);

  HardwareFixture() {
    this(new Xive.Builder().build());
  }

  HardwareFixture(Xive xive) {
    this.xive = xive;
    opal = xive.opal();
    int base = opal.allocateVpBlock(2);
    a = base + 1;
    b = base + 2;
    timaA = xive.newTima();
    timaB = xive.newTima();
    for (int vp : new int[] {a, b}) {
      ok(opal.setVpInfo(vp, Opal.VP_ENABLED));
      ok(opal.setQueueInfo(vp, 5, vp == a ? a5 : b5, vp << 16, 12, ENABLED_NOTIFY));
      ok(opal.setQueueInfo(vp, 6, vp == a ? a6 : b6, vp << 16, 12, ENABLED_NOTIFY));
    }
  }

  static void ok(int code) {
    assertEquals(OpalCode.SUCCESS, code);
  }

  /** Pushes both VPs, all priorities admitted. */
  HardwareFixture pushed() {
    timaA.pushOsContext(a | CamWord.VO.mask());
    timaB.pushOsContext(b | CamWord.VO.mask());
    timaA.setOsCppr(0xff);
    timaB.setOsCppr(0xff);
    return this;
  }

  /** A new source, routed and ready. */
  EsbSource source(int vp, int priority, int eisn) {
    int hwIrq = opal.allocateIrq();
    ok(opal.setIrqConfig(hwIrq, vp, priority, eisn));
    EsbSource source = xive.source(hwIrq);
    source.loadManagement(EsbOffset.SET_PQ_00);
    return source;
  }

  static int byteOf(Tima tima, BitField64 field) {
    return (int) field.get(tima.loadOsRing());
  }
}
