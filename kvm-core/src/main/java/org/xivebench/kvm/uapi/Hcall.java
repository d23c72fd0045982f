package org.xivebench.kvm.uapi;

/**
 * Opcodes and return codes of the hypervisor calls that concern interrupts.
 *
 * <p>Source: PAPR 14.5 and 14.11; arch/powerpc/include/asm/hvcall.h, Linux v5.10.
 */
public final class Hcall {
  public static final int H_EOI = 0x64;
  public static final int H_CPPR = 0x68;
  public static final int H_IPI = 0x6c;
  public static final int H_IPOLL = 0x70;
  public static final int H_XIRR = 0x74;
  public static final int H_CEDE = 0xe0;
  public static final int H_CONFER = 0xe4;
  public static final int H_PROD = 0xe8;
  public static final int H_XIRR_X = 0x2fc;
  public static final int H_INT_GET_SOURCE_INFO = 0x3a8;
  public static final int H_INT_SET_SOURCE_CONFIG = 0x3ac;
  public static final int H_INT_GET_SOURCE_CONFIG = 0x3b0;
  public static final int H_INT_GET_QUEUE_INFO = 0x3b4;
  public static final int H_INT_SET_QUEUE_CONFIG = 0x3b8;
  public static final int H_INT_GET_QUEUE_CONFIG = 0x3bc;
  public static final int H_INT_SET_OS_REPORTING_LINE = 0x3c0;
  public static final int H_INT_GET_OS_REPORTING_LINE = 0x3c4;
  public static final int H_INT_ESB = 0x3c8;
  public static final int H_INT_SYNC = 0x3cc;
  public static final int H_INT_RESET = 0x3d0;
  public static final int H_RTAS = 0xf000;

  /** Done. */
  public static final long H_SUCCESS = 0;

  /** Hardware is not available. */
  public static final long H_NOT_AVAILABLE = 3;

  /** Not for the guest: whoever is asked cannot complete the call, the next level shall. */
  public static final long H_TOO_HARD = 9999;

  /** The backend failed. */
  public static final long H_HARDWARE = -1;

  /** No such call here. */
  public static final long H_FUNCTION = -2;

  /** Not allowed. */
  public static final long H_PRIVILEGE = -3;

  /** R4 or an argument without a code of its own is wrong. */
  public static final long H_PARAMETER = -4;

  public static final long H_P2 = -55;
  public static final long H_P3 = -56;
  public static final long H_P4 = -57;
  public static final long H_P5 = -58;

  /** The call is not supported by this hypervisor. */
  public static final long H_UNSUPPORTED = -67;

  /** The state does not allow the call. */
  public static final long H_STATE = -75;

  private Hcall() {}

  /** Returns the name of an opcode, or its hexadecimal number if this class does not have it. */
  public static String nameOf(int opcode) {
    return switch (opcode) {
      case H_EOI -> "H_EOI";
      case H_CPPR -> "H_CPPR";
      case H_IPI -> "H_IPI";
      case H_IPOLL -> "H_IPOLL";
      case H_XIRR -> "H_XIRR";
      case H_XIRR_X -> "H_XIRR_X";
      case H_CEDE -> "H_CEDE";
      case H_CONFER -> "H_CONFER";
      case H_PROD -> "H_PROD";
      case H_INT_GET_SOURCE_INFO -> "H_INT_GET_SOURCE_INFO";
      case H_INT_SET_SOURCE_CONFIG -> "H_INT_SET_SOURCE_CONFIG";
      case H_INT_GET_SOURCE_CONFIG -> "H_INT_GET_SOURCE_CONFIG";
      case H_INT_GET_QUEUE_INFO -> "H_INT_GET_QUEUE_INFO";
      case H_INT_SET_QUEUE_CONFIG -> "H_INT_SET_QUEUE_CONFIG";
      case H_INT_GET_QUEUE_CONFIG -> "H_INT_GET_QUEUE_CONFIG";
      case H_INT_SET_OS_REPORTING_LINE -> "H_INT_SET_OS_REPORTING_LINE";
      case H_INT_GET_OS_REPORTING_LINE -> "H_INT_GET_OS_REPORTING_LINE";
      case H_INT_ESB -> "H_INT_ESB";
      case H_INT_SYNC -> "H_INT_SYNC";
      case H_INT_RESET -> "H_INT_RESET";
      case H_RTAS -> "H_RTAS";
      default -> "0x" + Integer.toHexString(opcode);
    };
  }
}
