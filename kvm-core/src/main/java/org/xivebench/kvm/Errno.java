package org.xivebench.kvm;

/**
 * Error numbers of the user ABI, as far as the devices return them. Calls report them by {@link
 * ErrnoException}; where the ABI has a number, {@link #negated} is what the kernel returns.
 *
 * <p>Source: include/uapi/asm-generic/errno-base.h and errno.h, Linux v5.10.
 */
public enum Errno {
  /** Operation not permitted. */
  EPERM(1),
  /** No such entry: no such source, server or block. */
  ENOENT(2),
  /** Interrupted by a signal. */
  EINTR(4),
  /** Input or output error: a firmware call failed, or a context is pushed. */
  EIO(5),
  /** No such device or address: no such attribute. */
  ENXIO(6),
  /** Argument list too long: a source number out of range. */
  E2BIG(7),
  /** Bad file descriptor. */
  EBADF(9),
  /** Try again. */
  EAGAIN(11),
  /** Out of memory. */
  ENOMEM(12),
  /** Bad address: user memory that cannot be read or written. */
  EFAULT(14),
  /** Device or resource busy. */
  EBUSY(16),
  /** Exists already. */
  EEXIST(17),
  /** No such device. */
  ENODEV(19),
  /** Invalid argument. */
  EINVAL(22),
  /** The process has no descriptor left. */
  EMFILE(24),
  /** Inappropriate ioctl for this device. */
  ENOTTY(25),
  /** No space left: no VP block to be had. */
  ENOSPC(28);

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /** Returns the number, 1 to 28. */
  public int number() {
    return number;
  }

  /** Returns what a kernel function returns for this error. */
  public int negated() {
    return -number;
  }
}
