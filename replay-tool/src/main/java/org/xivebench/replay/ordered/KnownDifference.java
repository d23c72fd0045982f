package org.xivebench.replay.ordered;

import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.xive.EsbOffset;

/**
 * Where a VMM over KVM's devices answers otherwise than the QEMU 7.2 that recorded without KVM:
 * each is told apart by a test for that very difference, so that nothing else passes for one.
 * docs/conformance.md tells of each.
 */
public enum KnownDifference {
  /** H_INT_ESB returned the bytes of what it loaded in reverse order. */
  H_INT_ESB_BYTE_SWAP("h-int-esb-byte-swap") {
    @Override
    boolean explains(TraceEvent recorded, long status, long[] outputs) {
      return isResultOf(Hcall.H_INT_ESB, recorded, status)
          && Long.reverseBytes(recorded.get(TraceField.ARG0)) == outputs[0];
    }
  },

  /** H_INT_GET_SOURCE_CONFIG took the target from a queue that was not set up. */
  TARGET_OF_UNCONFIGURED_QUEUE("target-of-unconfigured-queue") {
    @Override
    boolean explains(TraceEvent recorded, long status, long[] outputs) {
      if (!isResultOf(Hcall.H_INT_GET_SOURCE_CONFIG, recorded, status)) {
        return false;
      }
      long priority = recorded.get(TraceField.ARG1);
      return recorded.get(TraceField.ARG0) == UNCONFIGURED_TARGET
          && (priority == outputs[1] || priority == 0)
          && recorded.get(TraceField.ARG2) == outputs[2];
    }
  },

  /**
   * The EOI of an LSI by H_INT_ESB told that it had triggered again; KVM's has no level to tell.
   */
  LSI_EOI_VALUE("lsi-eoi-value") {
    @Override
    boolean explains(TraceEvent recorded, long status, long[] outputs) {
      if (recorded.has(TraceField.BY_HCALL)) {
        int at = recorded.getInt(TraceField.ESB_OFFSET) & ESB_PERIOD_MASK;
        return at < EsbOffset.GET && recorded.get(TraceField.VALUE) == 1 && outputs[0] == 0;
      }
      return isResultOf(Hcall.H_INT_ESB, recorded, status)
          && Long.reverseBytes(recorded.get(TraceField.ARG0)) == 1
          && outputs[0] == 0;
    }
  },

  /**
   * H_INT_RESET left PQ alone; KVM's turns all sources off. ResultCheck sees it at the first access
   * to a source after it.
   */
  RESET_TURNS_SOURCES_OFF("reset-turns-sources-off"),

  // Of XICS on XIVE. XicsGuest tells them apart: it knows what must be in the queues.

  /** H_XIRR gave nothing, for a level that was pushed a second time; the next one gives it. */
  SPURIOUS_INTERRUPT("spurious-interrupt"),

  /** Of two sources of one priority, the one is given that came first. */
  ORDER_OF_ARRIVAL("order-of-arrival"),

  /** A second event, which the recorded XICS had made one with the first. */
  EVENT_AGAIN("event-again"),

  /** A rise of a line in service, or a line that is up at the EOI, was sent once more. */
  LINE_IS_AN_EDGE("line-is-an-edge"),

  /** A source was moved, masked or given another priority, and its event stayed where it was. */
  EVENT_STAYS_QUEUED("event-stays-queued"),

  /** An event of a source in service waits for its EOI. */
  ONE_EVENT_PER_SOURCE("one-event-per-source");

  /** What QEMU 7.2 makes of the target of a queue that was never set up: -0x400 in 32 bits. */
  private static final long UNCONFIGURED_TARGET = 0xffff_fc00L;

  /** An ESB page repeats every 4 KiB. */
  private static final int ESB_PERIOD_MASK = 0xfff;

  private final String label;

  KnownDifference(String label) {
    this.label = label;
  }

  /** Its name in docs/conformance.md and in reports. */
  public String label() {
    return label;
  }

  /**
   * Whether this is why a result differs, by the result alone.
   *
   * @param recorded the result of a call, or the access that was made to serve it
   * @param status what the model returned in R3
   * @param outputs what it returned from R4 on
   */
  boolean explains(TraceEvent recorded, long status, long[] outputs) {
    return false;
  }

  private static boolean isResultOf(int opcode, TraceEvent recorded, long status) {
    return recorded.has(TraceField.STATUS)
        && recorded.getInt(TraceField.OPCODE) == opcode
        && recorded.get(TraceField.STATUS) == Hcall.H_SUCCESS
        && status == Hcall.H_SUCCESS;
  }

  /** The difference that explains a result, or null. */
  static KnownDifference of(TraceEvent recorded, long status, long[] outputs) {
    for (KnownDifference each : values()) {
      if (each.explains(recorded, status, outputs)) {
        return each;
      }
    }
    return null;
  }
}
