package org.xivebench.xive;

/**
 * A field of a 64-bit word.
 *
 * @param shift bits to the right of it
 * @param mask its bits in place
 */
public record BitField64(int shift, long mask) {

  /** The field of bits {@code high} to {@code low}, 0 being the least significant. */
  public static BitField64 lsb(int high, int low) {
    if (low < 0 || high < low || high > 63) {
      throw new IllegalArgumentException("no bits " + high + ".." + low + " in 64");
    }
    return new BitField64(low, (-1L >>> (63 - high + low)) << low);
  }

  /** The field of bits {@code first} to {@code last}, 0 being the most significant. */
  public static BitField64 ibm(int first, int last) {
    return lsb(63 - first, 63 - last);
  }

  /** Returns the field's value, right-aligned. */
  public long get(long word) {
    return (word & mask) >>> shift;
  }

  /** Returns whether any bit of the field is set. */
  public boolean isSet(long word) {
    return (word & mask) != 0;
  }

  /** Returns the word with the field replaced; bits of {@code value} beyond the field are cut. */
  public long set(long word, long value) {
    return (word & ~mask) | ((value << shift) & mask);
  }

  /** Returns the value in place, all other bits 0. */
  public long of(long value) {
    return (value << shift) & mask;
  }

  /** Returns the greatest value that fits. */
  public long max() {
    return mask >>> shift;
  }
}
