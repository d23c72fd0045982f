package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;

/** The thread's registers: rings, acknowledge, push and pull, pages and sizes. */
class TimaTest {
  private final HardwareFixture host = new HardwareFixture().pushed();
  private final Tima tima = host.timaA;

  private int nsr() {
    return HardwareFixture.byteOf(tima, OsRingWord.NSR);
  }

  private int cppr() {
    return HardwareFixture.byteOf(tima, OsRingWord.CPPR);
  }

  private int ipb() {
    return HardwareFixture.byteOf(tima, OsRingWord.IPB);
  }

  private int pipr() {
    return HardwareFixture.byteOf(tima, OsRingWord.PIPR);
  }

  @Test
  void workedSequence_ofTwoPriorities_isAsTheSpecification() {
    tima.setOsPending(6);
    assertEquals(0x02, ipb());
    assertEquals(6, pipr());
    assertEquals(0x80, nsr());
    assertTrue(tima.externalLine());
    tima.setOsPending(4);
    assertEquals(0x0a, ipb());
    assertEquals(4, pipr());
    assertEquals(0x8004, tima.acknowledgeOs());
    assertEquals(0x02, ipb());
    assertEquals(6, pipr());
    assertEquals(0, nsr());
    assertFalse(tima.externalLine());
    tima.setOsCppr(0xff);
    assertEquals(0x80, nsr());
    assertEquals(0x8006, tima.acknowledgeOs());
    assertEquals(0, ipb());
    assertEquals(0xff, pipr());
    assertEquals(0x0006, tima.acknowledgeOs());
    tima.setOsPending(3);
    assertEquals(0x10, ipb());
    assertEquals(3, pipr());
    assertEquals(0x80, nsr());
    assertEquals(0, HardwareFixture.byteOf(host.timaB, OsRingWord.IPB));
  }

  @Test
  void cppr_everyValue_isStoredAboveSevenAsFf() {
    for (int value = 0; value <= 0xff; value++) {
      tima.setOsCppr(value);
      assertEquals(value > 7 ? 0xff : value, cppr());
    }
  }

  @Test
  void cpprLoweredToThePendingPriority_takesTheExceptionBack() {
    tima.setOsPending(3);
    tima.setOsCppr(3);
    assertEquals(0, nsr());
    assertFalse(tima.externalLine());
    assertEquals(0x0003, tima.acknowledgeOs());
    assertEquals(0x10, ipb());
    tima.setOsCppr(4);
    assertEquals(0x8003, tima.acknowledgeOs());
  }

  @Test
  void cpprLowered_withStaleNsr_keepsTheExceptionAndAcknowledgesUpwards() {
    HardwareFixture qemu =
        new HardwareFixture(new Xive.Builder().quirks(Quirks.QEMU_7_2).build()).pushed();
    qemu.timaA.setOsPending(3);
    qemu.timaA.setOsCppr(1);
    assertTrue(qemu.timaA.externalLine());
    assertEquals(0x8003, qemu.timaA.acknowledgeOs());
    assertFalse(qemu.timaA.externalLine());
    assertEquals(3, HardwareFixture.byteOf(qemu.timaA, OsRingWord.CPPR));
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 0x7f, 0xff})
  void pending_aboveSeven_setsNothing(int priority) {
    tima.setOsPending(priority);
    assertEquals(0, ipb());
    assertEquals(0, nsr());
  }

  // ---- push and pull

  @Test
  void push_withEventsSaved_mergesThemAndRaises() {
    assertEquals(host.a | CamWord.VO.mask(), tima.pullOsContext());
    assertNull(host.xive.nvt(host.a).dispatchedOn());
    EsbSource source = host.source(host.a, 6, 0x31);
    source.trigger();
    assertEquals(0x02, host.xive.nvt(host.a).savedIpb());
    assertEquals(0x0000_0200_0000_0000L, host.opal.vpState(host.a).words45());
    assertFalse(tima.externalLine());
    tima.storeOsRing(0x00ff_0000_ff00_0000L);
    tima.pushOsContext(host.a | CamWord.VO.mask());
    assertSame(tima, host.xive.nvt(host.a).dispatchedOn());
    assertEquals(0, host.xive.nvt(host.a).savedIpb());
    assertTrue(tima.externalLine());
    assertEquals(0x8006, tima.acknowledgeOs());
  }

  @Test
  void push_ofAFreshState_recomputesPipr() {
    tima.pullOsContext();
    tima.storeOsRing(0x0000_0000_ff00_0000L);
    tima.pushOsContext(host.a | CamWord.VO.mask());
    assertEquals(0xff, pipr());
    assertEquals(0, nsr());
    assertEquals(0x0000_0000_ff00_00ffL, tima.loadOsRing());
  }

  @Test
  void push_withoutVo_dispatchesNothing() {
    tima.pullOsContext();
    host.source(host.a, 6, 0x31).trigger();
    tima.pushOsContext(host.a);
    assertEquals(0x02, host.xive.nvt(host.a).savedIpb());
    assertFalse(tima.externalLine());
    assertEquals(host.a, tima.osWord2());
  }

  @Test
  void pull_withAnExceptionPending_lowersTheLineAndKeepsTheRing() {
    tima.setOsPending(5);
    assertTrue(tima.externalLine());
    tima.pullOsContext();
    assertFalse(tima.externalLine());
    assertEquals(0x04, ipb());
    assertEquals(0x80, nsr());
    assertEquals(host.a, tima.osWord2());
  }

  @Test
  void push_ofAnotherVpOverTheFirst_takesItsPlace() {
    tima.pushOsContext(host.b | CamWord.VO.mask());
    assertNull(host.xive.nvt(host.a).dispatchedOn());
    host.source(host.a, 5, 0x31).trigger();
    assertEquals(0x04, host.xive.nvt(host.a).savedIpb());
    host.source(host.b, 5, 0x32).trigger();
    assertEquals(0x04, ipb());
  }

  @Test
  void push_ofAVpWhoseBlockWasFreed_isReported() {
    tima.pullOsContext();
    host.timaB.pullOsContext();
    HardwareFixture.ok(host.opal.setVpInfo(host.a, 0));
    HardwareFixture.ok(host.opal.setVpInfo(host.b, 0));
    HardwareFixture.ok(host.opal.freeVpBlock(host.a & ~3));
    assertThrows(UseAfterFree.class, () -> tima.pushOsContext(host.a | CamWord.VO.mask()));
    Lifetime.resetReports();
  }

  @Test
  void interruptLine_seesEachChangeOnce() {
    StringBuilder calls = new StringBuilder();
    tima.setInterruptLine(
        new InterruptLine() {
          @Override
          public void raise() {
            calls.append('+');
          }

          @Override
          public void lower() {
            calls.append('-');
          }
        });
    EsbSource source = host.source(host.a, 5, 1);
    source.trigger();
    host.source(host.a, 6, 2).trigger();
    assertEquals("+", calls.toString());
    tima.acknowledgeOs();
    tima.acknowledgeOs();
    assertEquals("+-", calls.toString());
    tima.setOsCppr(0xff);
    tima.setOsCppr(0);
    assertEquals("+-+-", calls.toString());
    tima.setOsCppr(0xff);
    tima.pullOsContext();
    tima.pushOsContext(host.a | CamWord.VO.mask());
    assertEquals("+-+-+-+", calls.toString());
  }

  // ---- pages and sizes

  @Test
  void osPage_loads_showTheRingInWordsOnly() {
    tima.pullOsContext();
    tima.storeOsRing(0x0005_00ff_ff00_ff00L);
    tima.pushOsContext(host.a | CamWord.VO.mask());
    tima.setOsPending(3);
    for (int size : new int[] {1, 2, 4, 8}) {
      long ones = size == 8 ? -1 : (1L << (8 * size)) - 1;
      for (int offset = 0; offset < 0x40; offset += size) {
        long expected = ones;
        if (size == 8 && offset == 0x10) {
          expected = 0x8005_10ff_ff00_0003L;
        } else if (size == 4 && offset == 0x10) {
          expected = 0x8005_10ffL;
        } else if (size == 4 && offset == 0x14) {
          expected = 0xff00_0003L;
        }
        String what = "0x" + Integer.toHexString(offset) + "/" + size;
        assertEquals(expected, tima.load(TimaPage.OS, offset, size), what);
        assertEquals(ones, tima.load(TimaPage.USER, offset, size), "user " + what);
      }
      for (int offset : new int[] {0x800, 0x808, 0x812, 0x818, 0x828, 0x830, 0xc10}) {
        assertEquals(ones, tima.load(TimaPage.OS, offset, size));
      }
      if (size != 2) {
        assertEquals(ones, tima.load(TimaPage.OS, 0x810, size));
      }
    }
    assertEquals(0x8003, tima.load(TimaPage.OS, 0x810, 2));
  }

  @Test
  void osPage_stores_reachCpprAndPendingOnly() {
    long before = tima.loadOsRing();
    for (int size : new int[] {1, 2, 4, 8}) {
      for (int offset = 0; offset < 0x40; offset += size) {
        boolean cppr = size == 1 ? offset == 0x11 : size >= 4 && offset == 0x10;
        if (!cppr) {
          tima.store(TimaPage.OS, offset, size, 0x0203_0405_0607_0809L);
        }
        tima.store(TimaPage.USER, offset, size, 0x0203_0405_0607_0809L);
      }
      for (int offset : new int[] {0x800, 0x808, 0x810, 0x818, 0xc10}) {
        tima.store(TimaPage.OS, offset, size, 3);
      }
      if (size != 1) {
        tima.store(TimaPage.OS, 0x812, size, 3);
      }
      tima.store(TimaPage.USER, 0x812, size, 3);
    }
    assertEquals(before, tima.loadOsRing());
    assertEquals(host.a | CamWord.VO.mask(), tima.osWord2());
    tima.store(TimaPage.OS, 0x812, 1, 0x103);
    assertEquals(0x10, ipb());
    tima.store(TimaPage.OS, 0x11, 1, 0x702);
    assertEquals(2, cppr());
  }

  @Test
  void osPage_wordStoreOfCppr_isACpprStoreUnlessRaw() {
    tima.setOsCppr(0);
    tima.setOsPending(4);
    tima.store(TimaPage.OS, 0x10, 4, 0x00aa_0000);
    assertEquals(0xff, cppr());
    assertTrue(tima.externalLine());
    HardwareFixture qemu =
        new HardwareFixture(new Xive.Builder().quirks(Quirks.QEMU_7_2).build()).pushed();
    qemu.timaA.setOsCppr(0);
    qemu.timaA.setOsPending(4);
    qemu.timaA.store(TimaPage.OS, 0x10, 8, 0x00aa_0000_0000_0000L);
    assertEquals(0xaa, HardwareFixture.byteOf(qemu.timaA, OsRingWord.CPPR));
    assertFalse(qemu.timaA.externalLine());
  }

  @ParameterizedTest
  @EnumSource(names = {"PHYSICAL", "HYPERVISOR"})
  void hypervisorPage_pullsAndPushesTheOsContext(TimaPage page) {
    int cam = host.a | CamWord.VO.mask();
    assertEquals(cam & 0xffff_ffffL, tima.load(page, 0x18, 4));
    assertEquals(cam & 0xffff_ffffL, tima.load(page, 0x818, 4));
    assertEquals((long) host.a << 32, tima.load(page, 0x818, 8));
    tima.store(page, 0x10, 8, 0x0003_0102_0304_0506L);
    assertEquals(0x0003_0102_0304_0506L, tima.load(page, 0x10, 8));
    tima.store(page, 0x18, 4, cam);
    assertSame(tima, host.xive.nvt(host.a).dispatchedOn());
    assertEquals(0x0003_0102_0304_0507L, tima.load(page, 0x10, 8));
    tima.store(page, 0x11, 1, 0xff);
    tima.store(page, 0x812, 1, 2);
    assertEquals(0x8002, tima.load(page, 0x810, 2));
  }

  @Test
  void hypervisorPage_otherRings_areRegisters() {
    TimaPage page = TimaPage.HYPERVISOR;
    tima.store(page, 0x808, 4, 0x8000_0011L);
    tima.store(page, 0x28, 4, 0x8000_0022L);
    tima.store(page, 0x31, 1, 0x09);
    tima.store(page, 0x38, 1, 0x80);
    assertEquals(0x00ffL, tima.load(page, 0x830, 2));
    assertEquals(0x80L, tima.load(page, 0x38, 1));
    assertEquals(0x8000_0022L, tima.load(page, 0x828, 4));
    assertEquals(0x0000_0022L, tima.load(page, 0x28, 4));
    assertEquals(0x8000_0011L, tima.load(page, 0x808, 4));
    assertEquals(0x0000_0011L, tima.load(page, 0x08, 4));
    assertEquals(0xffL, tima.load(page, 0x10, 1));
  }

  /** What the table of {@link Tima} has for loads from the hypervisor page. */
  private static boolean isHypervisorLoad(int offset, int size) {
    boolean word = size == 4 || size == 8;
    return switch (offset) {
      case 0x38 -> word || size == 1;
      case 0x808 -> size == 4;
      case 0x810, 0x830 -> size == 2;
      case 0x818, 0x828 -> word;
      default -> offset < 0x40 && word;
    };
  }

  /** The same for stores. */
  private static boolean isHypervisorStore(int offset, int size) {
    return switch (size) {
      case 1 -> Set.of(0x11, 0x31, 0x38, 0x812, 0xc08).contains(offset);
      case 4 -> offset < 0x40 || offset == 0x808;
      case 8 -> offset < 0x40;
      default -> false;
    };
  }

  @ParameterizedTest
  @EnumSource(names = {"PHYSICAL", "HYPERVISOR"})
  void hypervisorPage_undocumentedAccesses_loadAllOnesAndStoreNothing(TimaPage page) {
    tima.store(page, 0x808, 4, 0x8000_0011L);
    tima.store(page, 0x28, 4, 0x8000_0022L);
    tima.store(page, 0x38, 1, 0x80);
    String before = registers();
    for (int size : new int[] {1, 2, 4, 8}) {
      long ones = size == 8 ? -1 : (1L << (8 * size)) - 1;
      for (int offset = 0; offset < 0x1000; offset += size) {
        String what = "0x" + Integer.toHexString(offset) + "/" + size;
        if (!isHypervisorLoad(offset, size)) {
          assertEquals(ones, tima.load(page, offset, size), what);
        }
        if (!isHypervisorStore(offset, size)) {
          tima.store(page, offset, size, 0x0102_0304_0506_0708L);
        }
        assertEquals(before, registers(), what);
      }
    }
  }

  private String registers() {
    StringBuilder text = new StringBuilder();
    for (int offset = 0; offset < 0x40; offset += 8) {
      text.append(Long.toHexString(tima.load(TimaPage.HYPERVISOR, offset, 8))).append(' ');
    }
    return text.toString();
  }

  @Test
  void registers_notAligned_areNotThere() {
    assertEquals(-1L, tima.load(TimaPage.HYPERVISOR, 0x14, 8));
    assertEquals(0xffff_ffffL, tima.load(TimaPage.HYPERVISOR, 0x12, 4));
    String before = registers();
    tima.store(TimaPage.HYPERVISOR, 0x14, 8, 0x0102_0304_0506_0708L);
    tima.store(TimaPage.HYPERVISOR, 0x12, 4, 0x0102_0304L);
    assertEquals(before, registers());
  }

  @Test
  void userPage_specialOffsets_areNotThereEither() {
    long before = tima.loadOsRing();
    for (int size : new int[] {1, 2, 4, 8}) {
      long ones = size == 8 ? -1 : (1L << (8 * size)) - 1;
      for (int offset : new int[] {0x11, 0x800, 0x808, 0x810, 0x812, 0x818, 0x828, 0x830, 0xc10}) {
        assertEquals(ones, tima.load(TimaPage.USER, offset, size));
        tima.store(TimaPage.USER, offset, size, 1);
      }
    }
    assertEquals(before, tima.loadOsRing());
    assertEquals(host.a | CamWord.VO.mask(), tima.osWord2());
  }
}
