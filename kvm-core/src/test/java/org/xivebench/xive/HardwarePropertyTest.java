package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.xive.HardwareFixture.ArrayQueue;

/**
 * Random operations on the model and on {@link ReferenceHardware}, side by side; everything that
 * can be seen is compared after each. A failure names seed and step.
 */
class HardwarePropertyTest {
  private static final int STEPS = 20_000;
  private static final int VPS = 3;
  private static final int SOURCES = 9;
  private static final int[] OFFSETS = {
    0x000, 0x008, 0x3f8, 0x400, 0x440, 0x7f8, 0x800, 0xbf8, 0xc00, 0xd00, 0xe00, 0xf00, 0xff8,
    0x1000, 0x1c00, 0xfd00
  };

  @ParameterizedTest
  @CsvSource({
    "1, false", "2, false", "3, false", "20190529, false",
    "4, true", "5, true", "6, true", "20260101, true"
  })
  void model_andReference_agreeAfterEveryStep(long seed, boolean singleEscalation) {
    new Run(seed, singleEscalation).go();
  }

  /** One seed's two worlds. */
  private static final class Run {
    private final long seed;
    private final Random random;
    private final boolean single;
    private final Xive xive;
    private final Opal opal;
    private final ReferenceHardware reference = new ReferenceHardware();

    private final int vpBase;
    private final Tima[] timas = new Tima[VPS];
    private final ArrayQueue[][] memory = new ArrayQueue[VPS][8];
    private final EsbSource[] sources = new EsbSource[SOURCES];
    private final HostIrq[] escalations = new HostIrq[VPS];
    private final int[] wakeUps = new int[VPS];

    private final ReferenceHardware.Vp[] vps = new ReferenceHardware.Vp[VPS];
    private final ReferenceHardware.HardwareThread[] threads =
        new ReferenceHardware.HardwareThread[VPS];
    private final ReferenceHardware.Source[] expected = new ReferenceHardware.Source[SOURCES];

    private int step;
    private String last = "nothing";
    private int events;

    Run(long seed, boolean single) {
      this.seed = seed;
      this.random = new Random(seed);
      this.single = single;
      this.xive = new Xive.Builder().singleEscalation(single).build();
      this.opal = xive.opal();
      this.vpBase = opal.allocateVpBlock(2);
      for (int i = 0; i < VPS; i++) {
        int vp = i;
        timas[i] = xive.newTima();
        vps[i] = new ReferenceHardware.Vp();
        threads[i] = new ReferenceHardware.HardwareThread();
        HardwareFixture.ok(
            opal.setVpInfo(vpBase + i, Opal.VP_ENABLED | (single ? Opal.VP_SINGLE_ESCALATION : 0)));
        if (single) {
          escalations[i] =
              xive.requestHostIrq(
                  opal.queueInfo(vpBase + i, 0).escalationIrq(), "vp " + i, () -> wakeUps[vp]++);
          escalations[i].setNoEoi();
          escalations[i].escalation().load(EsbOffset.SET_PQ_01);
        }
      }
      for (int i = 0; i < SOURCES; i++) {
        boolean lsi = i % 3 == 1;
        boolean storeEoi = i % 2 == 0;
        sources[i] =
            xive.defineSource(
                0x40 + i, (lsi ? EsbSource.LSI : 0) | (storeEoi ? EsbSource.STORE_EOI : 0));
        expected[i] = new ReferenceHardware.Source(lsi, storeEoi);
      }
    }

    void go() {
      for (step = 0; step < STEPS; step++) {
        perform();
        compare();
      }
      assertTrue(events > STEPS / 40, () -> "seed " + seed + ": too few events: " + events);
    }

    private String where() {
      return "seed " + seed + ", step " + step + ", " + last;
    }

    private void perform() {
      int s = random.nextInt(SOURCES);
      int v = random.nextInt(VPS);
      int priority = random.nextInt(single ? 7 : 8);
      int offset = OFFSETS[random.nextInt(OFFSETS.length)];
      switch (random.nextInt(22)) {
        case 0, 1, 2, 3 -> {
          last = "trigger " + s;
          sources[s].trigger();
          reference.trigger(expected[s]);
        }
        case 4, 5, 6 -> {
          last = "EOI of " + s;
          assertEquals(reference.load(expected[s], 0), sources[s].loadManagement(0), this::where);
        }
        case 7 -> {
          last = "load of " + s + " at 0x" + Integer.toHexString(offset);
          assertEquals(
              reference.load(expected[s], offset), sources[s].loadManagement(offset), this::where);
        }
        case 8 -> {
          last = "store to " + s + " at 0x" + Integer.toHexString(offset);
          sources[s].storeManagement(offset, random.nextLong());
          reference.store(expected[s], offset);
        }
        case 9 -> {
          last = "set " + s + " to 00";
          sources[s].loadManagement(EsbOffset.SET_PQ_00);
          reference.load(expected[s], EsbOffset.SET_PQ_00);
        }
        case 10 -> {
          boolean up = random.nextBoolean();
          int lsi = 3 * (s / 3) + 1;
          last = "line of " + lsi + " " + up;
          sources[lsi].setLine(up);
          reference.line(expected[lsi], up);
        }
        case 11, 12 -> route(s, v, priority);
        case 13 -> configure(v, priority);
        case 14, 15 -> {
          last = "acknowledge of " + v;
          int answer = reference.acknowledge(threads[v]);
          events += answer >>> 15;
          assertEquals(answer, timas[v].acknowledgeOs(), this::where);
        }
        case 16, 17 -> {
          int cppr = random.nextBoolean() ? 0xff : random.nextInt(10);
          last = "CPPR of " + v + " to " + cppr;
          timas[v].setOsCppr(cppr);
          reference.setCppr(threads[v], cppr);
        }
        case 18 -> {
          int pending = random.nextInt(10);
          last = "pending of " + v + " at " + pending;
          timas[v].setOsPending(pending);
          reference.setPending(threads[v], pending);
        }
        case 19 -> pushOrPull(v);
        case 20 -> arm(v);
        default -> {
          last = "notify page of " + v + "/" + priority + " at 0x" + Integer.toHexString(offset);
          assertEquals(
              reference.loadNotifyPage(vps[v].queues[priority], offset),
              xive.endEsb(vpBase + v, priority, true).load(offset),
              this::where);
        }
      }
    }

    private void route(int s, int v, int priority) {
      ReferenceHardware.Source source = expected[s];
      source.masked = random.nextInt(8) == 0;
      source.target = vps[v].queues[priority];
      source.eisn = random.nextInt(0x8000);
      last = "route " + s + " to " + v + "/" + priority + (source.masked ? " masked" : "");
      HardwareFixture.ok(
          opal.setIrqConfig(
              sources[s].hwIrq(), vpBase + v, source.masked ? Opal.MASKED : priority, source.eisn));
    }

    private void configure(int v, int priority) {
      ReferenceHardware.Queue queue = vps[v].queues[priority];
      int kind = random.nextInt(6);
      last = "configure " + v + "/" + priority + " as " + kind;
      queue.index = 0;
      queue.gathered = single;
      if (kind == 0) {
        queue.valid = false;
        queue.esn = 1;
        queue.entries = 0;
        queue.generation = false;
        HardwareFixture.ok(opal.setQueueInfo(vpBase + v, priority, null, 0, 0, 0));
        return;
      }
      queue.valid = true;
      queue.generation = true;
      queue.alwaysNotify = kind != 1;
      queue.escalates = kind > 2;
      queue.entries = kind == 2 ? 0 : 1024;
      ArrayQueue fresh = new ArrayQueue(12);
      memory[v][priority] = fresh;
      queue.memory.clear();
      queue.memory.addAll(Collections.nCopies(1024, 0));
      int flags =
          Opal.QUEUE_ENABLED
              | (queue.alwaysNotify ? Opal.QUEUE_ALWAYS_NOTIFY : 0)
              | (queue.escalates ? Opal.QUEUE_ESCALATE : 0);
      int order = queue.entries == 0 ? 0 : 12;
      HardwareFixture.ok(opal.setQueueInfo(vpBase + v, priority, fresh, 0x1000, order, flags));
      if (random.nextBoolean()) {
        int index = 1020;
        queue.generation = random.nextBoolean();
        queue.index = queue.entries == 0 ? 0 : index;
        HardwareFixture.ok(
            opal.setQueueState(vpBase + v, priority, queue.generation ? 1 : 0, queue.index));
      }
    }

    private void pushOrPull(int v) {
      if (threads[v].vp != null) {
        last = "pull " + v;
        assertEquals((vpBase + v) | CamWord.VO.mask(), timas[v].pullOsContext(), this::where);
        reference.pull(threads[v]);
      } else {
        last = "push " + v;
        timas[v].pushOsContext((vpBase + v) | CamWord.VO.mask());
        reference.push(threads[v], vps[v]);
      }
    }

    private void arm(int v) {
      last = "arm " + v;
      if (single) {
        assertEquals(
            vps[v].gatherPq, escalations[v].escalation().load(EsbOffset.SET_PQ_00), this::where);
        vps[v].gatherPq = 0;
      }
    }

    private void compare() {
      for (int i = 0; i < SOURCES; i++) {
        int source = i;
        assertEquals(expected[i].pq(), sources[i].pq(), () -> where() + ": PQ of " + source);
        assertEquals(expected[i].line, sources[i].line(), this::where);
      }
      for (int v = 0; v < VPS; v++) {
        int vp = v;
        ReferenceHardware.HardwareThread thread = threads[v];
        long ring = timas[v].loadOsRing();
        assertEquals(thread.exception ? 0x80 : 0, OsRingWord.NSR.get(ring), () -> nsr(vp));
        assertEquals(thread.cppr, OsRingWord.CPPR.get(ring), this::where);
        assertEquals(thread.ipb(), OsRingWord.IPB.get(ring), this::where);
        assertEquals(thread.pipr(), OsRingWord.PIPR.get(ring), this::where);
        assertEquals(thread.line(), timas[v].externalLine(), this::where);
        int saved = xive.nvt(vpBase + v).savedIpb();
        for (int priority = 0; priority < 8; priority++) {
          boolean is = (saved & OsRingWord.ipbOf(priority)) != 0;
          assertEquals(vps[v].saved[priority], is, this::where);
          compareQueue(v, priority);
        }
        assertEquals(vps[v].wakeUps, wakeUps[v], this::where);
        if (single) {
          assertEquals(vps[v].gatherPq, escalations[v].escalation().pq(), this::where);
        }
      }
    }

    private String nsr(int vp) {
      return where() + ": NSR of " + vp;
    }

    private void compareQueue(int v, int priority) {
      if (single && priority == 7) {
        return;
      }
      ReferenceHardware.Queue queue = vps[v].queues[priority];
      int word1 = xive.end(vpBase + v, priority).word1();
      assertEquals(queue.esn, EndWord1.ESN.get(word1), this::where);
      if (!queue.valid) {
        return;
      }
      if (queue.entries > 0) {
        assertEquals(queue.index, EndWord1.PAGE_OFFSET.get(word1), this::where);
        int before = (queue.index + queue.entries - 1) % queue.entries;
        assertEquals(queue.generation ? 1 : 0, EndWord1.GENERATION.get(word1), this::where);
        assertEquals(queue.memory.get(before), memory[v][priority].entry(before), this::where);
      }
    }
  }
}
