package org.xivebench.xive;

/**
 * A field of a 32-bit word.
 *
 * @param shift bits to the right of it
 * @param mask its bits in place
 */
public record BitField32(int shift, int mask) {

  /** The field of bits {@code high} to {@code low}, 0 being the least significant. */
  public static BitField32 lsb(int high, int low) {
    if (low < 0 || high < low || high > 31) {
      throw new IllegalArgumentException("no bits " + high + ".." + low + " in 32");
    }
    return new BitField32(low, (-1 >>> (31 - high + low)) << low);
  }

  /** The field of bits {@code first} to {@code last}, 0 being the most significant. */
  public static BitField32 ibm(int first, int last) {
    return lsb(31 - first, 31 - last);
  }

  /** Returns the field's value, right-aligned. */
  public int get(int word) {
    return (word & mask) >>> shift;
  }

  /** Returns whether any bit of the field is set. */
  public boolean isSet(int word) {
    return (word & mask) != 0;
  }

  /** Returns the word with the field replaced; bits of {@code value} beyond the field are cut. */
  public int set(int word, int value) {
    return (word & ~mask) | ((value << shift) & mask);
  }

  /** Returns the value in place, all other bits 0. */
  public int of(int value) {
    return (value << shift) & mask;
  }

  /** Returns the greatest value that fits. */
  public int max() {
    return mask >>> shift;
  }
}
