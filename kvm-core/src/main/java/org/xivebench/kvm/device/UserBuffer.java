package org.xivebench.kvm.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;

/**
 * A piece of the VMM's memory that an attribute call reads or writes, in the host's byte order,
 * which is little-endian here. {@link #unreadable} stands for a bad address.
 */
public final class UserBuffer {
  private static final UserBuffer UNREADABLE = new UserBuffer(null);

  private final ByteBuffer bytes;

  private UserBuffer(ByteBuffer bytes) {
    this.bytes = bytes == null ? null : bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns a buffer of zeroes. */
  public static UserBuffer ofSize(int sizeBytes) {
    return new UserBuffer(ByteBuffer.allocate(sizeBytes));
  }

  /** Returns a buffer that holds a 64-bit number. */
  public static UserBuffer ofLong(long value) {
    UserBuffer buffer = ofSize(Long.BYTES);
    buffer.bytes.putLong(0, value);
    return buffer;
  }

  /** Returns a buffer that holds a 32-bit number. */
  public static UserBuffer ofInt(int value) {
    UserBuffer buffer = ofSize(Integer.BYTES);
    buffer.bytes.putInt(0, value);
    return buffer;
  }

  /** Returns a buffer at which every access faults. */
  public static UserBuffer unreadable() {
    return UNREADABLE;
  }

  /**
   * Reads a 64-bit number.
   *
   * @throws ErrnoException EFAULT if it is not all there
   */
  public long getLong(int offset) throws ErrnoException {
    require(offset, Long.BYTES);
    return bytes.getLong(offset);
  }

  /**
   * Reads a 32-bit number.
   *
   * @throws ErrnoException EFAULT if it is not all there
   */
  public int getInt(int offset) throws ErrnoException {
    require(offset, Integer.BYTES);
    return bytes.getInt(offset);
  }

  /**
   * Writes a 64-bit number.
   *
   * @throws ErrnoException EFAULT if it does not fit
   */
  public void putLong(int offset, long value) throws ErrnoException {
    require(offset, Long.BYTES);
    bytes.putLong(offset, value);
  }

  /**
   * Writes a 32-bit number.
   *
   * @throws ErrnoException EFAULT if it does not fit
   */
  public void putInt(int offset, int value) throws ErrnoException {
    require(offset, Integer.BYTES);
    bytes.putInt(offset, value);
  }

  /**
   * Fails as a copy of so many bytes would.
   *
   * @throws ErrnoException EFAULT if they are not all there
   */
  public void require(int offset, int sizeBytes) throws ErrnoException {
    if (bytes == null || offset < 0 || sizeBytes > bytes.capacity() - offset) {
      throw new ErrnoException(Errno.EFAULT, "user memory, " + sizeBytes + " bytes at " + offset);
    }
  }
}
