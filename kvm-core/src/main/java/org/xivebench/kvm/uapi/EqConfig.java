package org.xivebench.kvm.uapi;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.device.UserBuffer;

/**
 * Payload of the attribute group EQ_CONFIG: {@code kvm_ppc_xive_eq}, 64 bytes.
 *
 * <pre>
 *   0        4         8        16         20        24 … 63
 *  | flags | qshift |  qaddr  | qtoggle | qindex |    0     |
 * </pre>
 *
 * @param flags {@link #ALWAYS_NOTIFY}, the only one
 * @param qshift log2 of the queue's bytes; 0 for no queue
 * @param qaddr guest physical
 * @param qtoggle generation of the next entry
 * @param qindex index of the next entry, in words
 */
public record EqConfig(int flags, int qshift, long qaddr, int qtoggle, int qindex) {
  /** Flag: every event notifies. */
  public static final int ALWAYS_NOTIFY = 1;

  /** Bytes of the structure. */
  public static final int SIZE_BYTES = 64;

  /** A queue from its start, as hardware begins: generation 1, index 0. */
  public static EqConfig fresh(int qshift, long qaddr) {
    return new EqConfig(ALWAYS_NOTIFY, qshift, qaddr, 1, 0);
  }

  /** No queue. */
  public static EqConfig none() {
    return new EqConfig(0, 0, 0, 0, 0);
  }

  /**
   * Reads the structure.
   *
   * @throws ErrnoException EFAULT if it is not all there
   */
  public static EqConfig read(UserBuffer user) throws ErrnoException {
    user.require(0, SIZE_BYTES);
    return new EqConfig(
        user.getInt(0), user.getInt(4), user.getLong(8), user.getInt(16), user.getInt(20));
  }

  /**
   * Writes the structure.
   *
   * @throws ErrnoException EFAULT if it does not fit
   */
  public void write(UserBuffer user) throws ErrnoException {
    user.require(0, SIZE_BYTES);
    user.putInt(0, flags);
    user.putInt(4, qshift);
    user.putLong(8, qaddr);
    user.putInt(16, qtoggle);
    user.putInt(20, qindex);
    for (int at = 24; at < SIZE_BYTES; at += Long.BYTES) {
      user.putLong(at, 0);
    }
  }

  /** Returns the structure in a buffer of its own. */
  public UserBuffer toBuffer() {
    UserBuffer buffer = UserBuffer.ofSize(SIZE_BYTES);
    try {
      write(buffer);
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
    return buffer;
  }
}
