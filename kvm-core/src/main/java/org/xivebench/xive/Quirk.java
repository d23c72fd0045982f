package org.xivebench.xive;

/**
 * A thing that a named implementation does and the architecture does not. Each is one switch, which
 * some part of the emulated controllers looks at. The behaviour described is what QEMU 7.2 (TCG)
 * was recorded doing.
 */
public enum Quirk {
  // In the hardware model (this package).

  /**
   * TIMA: when CPPR is stored at or below a pending priority whose exception was raised, NSR.EO and
   * the external line stay up, and the next acknowledge succeeds and sets CPPR to the less favoured
   * PIPR. Without: EO and the line are a function of PIPR &lt; CPPR after each store.
   */
  STALE_NSR,
  /**
   * TIMA: a 4- or 8-byte store to the OS ring through the OS page sets CPPR to any value, without
   * looking at what is pending. Without: it is a CPPR store like any other.
   */
  RAW_CPPR_STORE,
  /**
   * ESB: a store at 0x800–0xbff of the management page forwards an event whatever PQ is. Without:
   * it does nothing.
   */
  ESB_STORE_0X800,
  /** ESB: a store-trigger on an LSI works as on an MSI. Without: it does nothing. */
  LSI_STORE_TRIGGER,
  /**
   * ESB: accesses that are not 8 bytes, or not 8-aligned, load 0. Without: all ones. Stores are
   * ignored either way.
   */
  ODD_ACCESS,
  /**
   * The END ESB pages are disabled: they load 0 and ignore stores. So a queue without unconditional
   * notification notifies once, and then not before it is configured again. Without: an EOI on the
   * page makes the queue notify again.
   */
  QUEUE_WITHOUT_NOTIFY,

  // In the VMM's hypercalls and page decoding.

  /**
   * The ESB pages of interrupt numbers that nobody claimed keep PQ state; events go nowhere.
   * Without: they load all ones and ignore stores.
   */
  UNCLAIMED_ESB,
  /** {@code H_INT_ESB} loads return the value with its eight bytes reversed. */
  H_INT_ESB_BYTE_SWAP,
  /** {@code H_INT_RESET} succeeds and changes nothing. */
  RESET_NO_EFFECT,
  /**
   * {@code H_INT_GET_SOURCE_CONFIG} takes target and priority from the queue that the source points
   * at, configured or not.
   */
  TARGET_OF_UNCONFIGURED_QUEUE,
  /**
   * {@code H_INT_*}: priorities are cut to 8 bits and targets to 32 before they are checked; only
   * the exact value 0xff means "mask".
   */
  TRUNCATED_ARGUMENT,
  /** {@code H_XIRR} with nothing to accept sets CPPR to 0xff. */
  ACCEPT_WITH_NOTHING_PENDING,
  /** {@code H_CPPR} and {@code H_IPI}: only the low 8 bits count; servers: the low 32. */
  WIDE_ARGUMENT,
  /** XICS: priorities, CPPR and MFRR 7…0xfe are kept as they are. */
  PRIORITY_7_TO_FE,
  /** {@code H_EOI} of a number that is no source succeeds, sets CPPR and resends. */
  EOI_OF_NO_SOURCE,
  /** The interrupt RTAS calls succeed on any number 0x1000…0x1fff, claimed or not. */
  RTAS_OF_UNCLAIMED_SOURCE,
  /**
   * An event queue address outside RAM is accepted for 4 KiB queues: nothing is written and the
   * index stands still, but the vCPU is notified.
   */
  QUEUE_OUTSIDE_RAM,
  /** {@code H_INT_ESB} takes offsets beyond its page, which reach the next source. */
  H_INT_ESB_BEYOND_PAGE
}
