package org.xivebench.kvm;

/**
 * A control-path call was refused. The state is as it was before the call, unless the call's
 * description says otherwise.
 */
public final class ErrnoException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Errno errno;

  /**
   * @param errno what the caller gets
   * @param reason why, for people: {@code no vCPU, server=7}
   */
  public ErrnoException(Errno errno, String reason) {
    super(errno + ": " + reason);
    this.errno = errno;
  }

  /** Returns what the ABI returns. */
  public Errno errno() {
    return errno;
  }
}
