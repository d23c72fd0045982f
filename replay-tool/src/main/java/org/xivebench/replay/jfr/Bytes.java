package org.xivebench.replay.jfr;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * How words lie in a recording: big-endian where the width is fixed, LEB128 elsewhere.
 *
 * <p>LEB128 here has at most nine bytes: seven bits in each of the first eight, low bits first, and
 * all eight bits of the ninth. Decoding loads eight bytes at once, so every buffer that is decoded
 * must have {@link #SLACK} readable bytes after its last valid one; whether a value ended in time
 * is checked afterwards.
 */
final class Bytes {
  /** Bytes that decoding may read beyond the end of what it was given. */
  static final int SLACK = 16;

  /** The bit that says that another byte follows, in each byte of a word. */
  static final long CONTINUED = 0x8080808080808080L;

  private static final VarHandle LONG_LE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG_BE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT_BE =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORT_BE =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private Bytes() {}

  static long getLong(byte[] b, int at) {
    return (long) LONG_BE.get(b, at);
  }

  static int getInt(byte[] b, int at) {
    return (int) INT_BE.get(b, at);
  }

  static short getShort(byte[] b, int at) {
    return (short) SHORT_BE.get(b, at);
  }

  static void setLong(byte[] b, int at, long value) {
    LONG_BE.set(b, at, value);
  }

  static void setInt(byte[] b, int at, int value) {
    INT_BE.set(b, at, value);
  }

  static long getLongLittleEndian(byte[] b, int at) {
    return (long) LONG_LE.get(b, at);
  }

  /** Number of bytes of the LEB128 value at {@code at}. */
  static int varintLength(byte[] b, int at) {
    if (b[at] >= 0) {
      return 1;
    }
    long ends = ~getLongLittleEndian(b, at) & CONTINUED;
    return ends == 0 ? 9 : (Long.numberOfTrailingZeros(ends) >>> 3) + 1;
  }

  /** The LEB128 value at {@code at}; {@link #varintLength} tells where it ends. */
  static long varint(byte[] b, int at) {
    int first = b[at];
    if (first >= 0) {
      return first;
    }
    long word = getLongLittleEndian(b, at);
    long ends = ~word & CONTINUED;
    if (ends == 0) {
      return gather(word) | (long) b[at + 8] << 56;
    }
    return gather(word & (ends ^ (ends - 1)));
  }

  /**
   * Moves the seven value bits of each of the eight bytes of a word together: pairs of bytes, then
   * pairs of pairs, then the halves.
   */
  static long gather(long word) {
    long w = (word & 0x007f007f007f007fL) | ((word & 0x7f007f007f007f00L) >>> 1);
    w = (w & 0x00003fff00003fffL) | ((w & 0x3fff00003fff0000L) >>> 2);
    return (w & 0x000000000fffffffL) | ((w & 0x0fffffff00000000L) >>> 4);
  }

  /**
   * The index after {@code count} LEB128 values that start at {@code at}; at most eight bytes past
   * {@code end} if they do not end before it, in which case the caller finds it larger than {@code
   * end}.
   */
  static int skipVarints(byte[] b, int at, int end, long count) {
    int p = at;
    long left = count;
    while (left > 0 && p < end) {
      long ends = ~getLongLittleEndian(b, p) & CONTINUED;
      if (ends == 0) {
        p += 9;
        left--;
        continue;
      }
      int whole = Long.bitCount(ends);
      if (whole <= left) {
        // p is the start of a value, so each of the bytes without a continuation bit ends one.
        left -= whole;
        p += 8 - (Long.numberOfLeadingZeros(ends) >>> 3);
      } else {
        for (; left > 1; left--) {
          ends &= ends - 1;
        }
        return p + (Long.numberOfTrailingZeros(ends) >>> 3) + 1;
      }
    }
    return left == 0 ? p : end + 1;
  }

  /** Writes a LEB128 value of one to nine bytes and returns the index after it. */
  static int putVarint(byte[] b, int at, long value) {
    int p = at;
    long v = value;
    for (int i = 0; i < 8; i++) {
      if ((v & ~0x7fL) == 0) {
        b[p] = (byte) v;
        return p + 1;
      }
      b[p++] = (byte) (v | 0x80);
      v >>>= 7;
    }
    b[p] = (byte) v;
    return p + 1;
  }

  /**
   * Writes a value below 2<sup>28</sup> as four LEB128 bytes, so that a size can be filled in when
   * it is known.
   */
  static void putPaddedInt(byte[] b, int at, int value) {
    b[at] = (byte) (value | 0x80);
    b[at + 1] = (byte) (value >>> 7 | 0x80);
    b[at + 2] = (byte) (value >>> 14 | 0x80);
    b[at + 3] = (byte) (value >>> 21 & 0x7f);
  }
}
