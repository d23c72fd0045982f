package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The words' pictures: fields apart, whole word covered, greatest values survive. */
class LayoutTest {

  private static <T> List<T> fieldsOf(Class<?> layout, Class<T> type)
      throws IllegalAccessException {
    List<T> fields = new ArrayList<>();
    for (Field field : layout.getDeclaredFields()) {
      if (field.getType() == type) {
        fields.add(type.cast(field.get(null)));
      }
    }
    return fields;
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        EndWord0.class,
        EndWord1.class,
        EndWord2.class,
        EndWord3.class,
        EndWord4.class,
        EndWord5.class,
        EndWord6.class,
        EndWord7.class,
        QueueEntry.class,
        CamWord.class,
        NvtWord4.class
      })
  void layout32_everyBit_belongsToOneField(Class<?> layout) throws IllegalAccessException {
    int covered = 0;
    for (BitField32 field : fieldsOf(layout, BitField32.class)) {
      assertEquals(0, covered & field.mask(), () -> "overlap at " + field);
      covered |= field.mask();
      assertEquals(field.max(), field.get(field.of(field.max())));
      assertEquals(field.mask(), field.set(0, -1));
      assertEquals(~field.mask(), field.set(-1, 0));
    }
    assertEquals(-1, covered, "uncovered bits");
  }

  @Test
  void easWord_everyBit_belongsToOneField() throws IllegalAccessException {
    long covered = 0;
    for (BitField64 field : fieldsOf(EasWord.class, BitField64.class)) {
      assertEquals(0, covered & field.mask(), () -> "overlap at " + field);
      covered |= field.mask();
      assertEquals(field.max(), field.get(field.of(field.max())));
      assertEquals(field.mask(), field.set(0, -1));
    }
    assertEquals(-1L, covered, "uncovered bits");
  }

  @Test
  void osRingWord_bytes_areInRingOrder() {
    long ring = 0x0102030405060708L;
    BitField64[] bytes = {
      OsRingWord.NSR,
      OsRingWord.CPPR,
      OsRingWord.IPB,
      OsRingWord.LSMFB,
      OsRingWord.ACK_COUNT,
      OsRingWord.INC,
      OsRingWord.AGE,
      OsRingWord.PIPR
    };
    for (int i = 0; i < bytes.length; i++) {
      assertEquals(i + 1, bytes[i].get(ring));
    }
    assertEquals(1L << 63, OsRingWord.NSR_EO.mask());
  }

  @Test
  void easWord_ofEnd0x123456AndData_isAsThePicture() {
    assertEquals(0x8012_3456_0000_1001L, EasWord.route(0x123456, 0x1001));
    assertTrue(EasWord.isOpen(0x8012_3456_0000_1001L));
    assertFalse(EasWord.isOpen(0x8012_3456_8000_1001L));
    assertFalse(EasWord.isOpen(0x0012_3456_0000_1001L));
  }

  @Test
  void bitField_numberings_agree() {
    assertEquals(BitField64.lsb(63, 63), BitField64.ibm(0, 0));
    assertEquals(BitField64.lsb(55, 32), BitField64.ibm(8, 31));
    assertEquals(BitField32.lsb(21, 0), BitField32.ibm(10, 31));
    assertEquals(-1L, BitField64.lsb(63, 0).mask());
    assertEquals(-1, BitField32.ibm(0, 31).mask());
  }

  @Test
  void bitField_backwardsOrOutside_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> BitField64.lsb(3, 4));
    assertThrows(IllegalArgumentException.class, () -> BitField64.ibm(0, 64));
    assertThrows(IllegalArgumentException.class, () -> BitField32.lsb(32, 0));
  }

  @Test
  void ipb_ofEachPriority_isMostSignificantFirst() {
    assertEquals(0x80, OsRingWord.ipbOf(0));
    assertEquals(0x02, OsRingWord.ipbOf(6));
    assertEquals(0x01, OsRingWord.ipbOf(7));
    assertEquals(0, OsRingWord.ipbOf(8));
    assertEquals(0, OsRingWord.ipbOf(0xff));
    assertEquals(0xff, OsRingWord.piprOf(0));
    assertEquals(4, OsRingWord.piprOf(0x0a));
  }
}
