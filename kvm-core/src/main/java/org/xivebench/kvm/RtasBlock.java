package org.xivebench.kvm;

/**
 * What an H_RTAS call points at: big-endian words in guest memory.
 *
 * <pre>
 *   0      4      8      12
 *  | token | nargs | nret | nargs arguments, and behind them nret return words: 16 in all |
 * </pre>
 *
 * <p>Source: PAPR 7.2.6; {@code kvmppc_rtas_hcall} of arch/powerpc/kvm/book3s_rtas.c, Linux v5.10.
 */
public final class RtasBlock {
  /** How many words there are for arguments and return words. */
  static final int WORDS = 16;

  private static final int HEAD_BYTES = 3 * Integer.BYTES;
  private static final int BYTES = HEAD_BYTES + WORDS * Integer.BYTES;

  /** The bits of R4 that are an address: KVM_PAM. */
  private static final long ADDRESS = 0x0fff_ffff_ffff_ffffL;

  private final GuestMemory memory;
  private final long address;
  private final int token;
  private final int[] arguments;
  private final int returnCount;

  private RtasBlock(GuestMemory memory, long address, int argumentCount) {
    this.memory = memory;
    this.address = address;
    this.token = memory.readInt(address);
    this.returnCount = memory.readInt(address + 2 * Integer.BYTES);
    this.arguments = new int[argumentCount];
    for (int i = 0; i < argumentCount; i++) {
      arguments[i] = memory.readInt(wordAt(i));
    }
  }

  /**
   * Reads a block.
   *
   * @param r4 R4 of the call: a guest real address; its top four bits do not count
   * @throws ErrnoException EFAULT if it is not in RAM, at a whole word; EINVAL for 16 arguments or
   *     more
   */
  public static RtasBlock read(GuestMemory memory, long r4) throws ErrnoException {
    long address = r4 & ADDRESS;
    if (address % Integer.BYTES != 0 || !memory.contains(address, BYTES)) {
      throw new ErrnoException(
          Errno.EFAULT, "no RTAS argument block, address=0x" + Long.toHexString(address));
    }
    int argumentCount = memory.readInt(address + Integer.BYTES);
    requireRoom(argumentCount);
    return new RtasBlock(memory, address, argumentCount);
  }

  /**
   * The check that comes before the token is looked at.
   *
   * @throws ErrnoException EINVAL for 16 arguments or more
   */
  static void requireRoom(int argumentCount) throws ErrnoException {
    if (Integer.compareUnsigned(argumentCount, WORDS) >= 0) {
      throw new ErrnoException(
          Errno.EINVAL, "RTAS arguments, nargs=" + Integer.toUnsignedString(argumentCount));
    }
  }

  private long wordAt(int index) {
    return address + HEAD_BYTES + (long) index * Integer.BYTES;
  }

  /** Returns the token. */
  public int token() {
    return token;
  }

  /** Returns the arguments. */
  public int[] arguments() {
    return arguments;
  }

  /** Returns a place for as many return words as were asked for, as far as there is room. */
  public int[] returns() {
    int room = WORDS - arguments.length;
    return new int[Integer.compareUnsigned(returnCount, room) < 0 ? returnCount : room];
  }

  /** Writes return words behind the arguments. */
  public void write(int... returns) {
    for (int i = 0; i < returns.length; i++) {
      memory.writeInt(wordAt(arguments.length + i), returns[i]);
    }
  }
}
