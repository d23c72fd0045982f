package org.xivebench.replay.importer;

import java.util.BitSet;

/**
 * Finds where the last operation of a log begins, if the log may not have all its lines.
 *
 * <p>A machine that was killed, or a log that somebody cut, stops anywhere: behind a cause whose
 * effects are not there, or behind effects that are written before their cause. Neither can be
 * compared. An operation is over when a line shows that QEMU's lock was taken for something else.
 */
final class UnfinishedOperation {
  /** XICS sources whose line is up: messages, which pulse. */
  private final BitSet raised = new BitSet();

  /** Number of the operation's first line; 0 while none is open. */
  private long firstLine;

  /** Whether all there is of it is a line of -d int, which the hypercall's event repeats. */
  private boolean isHypercallLine;

  /** Whether it is an H_INT_ESB, whose access is another line. */
  private boolean isEsbCall;

  /** Looks at the next line. */
  void see(QemuLogReader.Kind kind, QemuLogReader log) {
    switch (kind) {
      case EVENT -> see(log.event(), log);
      case OTHER_EVENT -> over();
      case HYPERCALL -> {
        begin(log);
        isHypercallLine = true;
      }
      // Not written under the lock.
      case EXCEPTION, DUMP, DUMP_RESULT, UNKNOWN -> {}
    }
  }

  private void see(QemuEvent event, QemuLogReader log) {
    switch (event) {
      case IRQ_SET_EXIT, MASKED_PENDING -> {}
      // Written when all is done, or without any other effect.
      case ESB_READ,
          TM_READ,
          CLAIM_IRQ,
          FREE_IRQ,
          CHANGE_MSI,
          CAS_CONTINUE,
          VIO_FREE_CRQ,
          MONITOR ->
          over();
      case PRESENTER_NOTIFY,
          TCTX_NOTIFY,
          TCTX_ACCEPT,
          TCTX_SET_CPPR,
          IRQ_SET,
          ICS_REJECT,
          ICS_EOI,
          ICP_IRQ,
          ICP_RAISE,
          ICP_CHECK_IPI,
          ICP_ACCEPT,
          ICP_EOI -> {
        if (firstLine == 0) {
          begin(log);
        }
      }
      case XIVE_SET_IRQ -> line(log, log.value(1) != 0);
      case ICS_SET_IRQ_MSI -> {
        int source = (int) log.value(0);
        raised.flip(source);
        line(log, raised.get(source));
      }
      case HCALL_ESB -> {
        if (!isHypercallLine) {
          begin(log);
        }
        isHypercallLine = false;
        isEsbCall = true;
      }
      case ESB_WRITE -> {
        if (!isEsbCall) {
          begin(log);
        }
        isEsbCall = false;
      }
      default -> {
        // Hypercalls of XIVE mode but for H_INT_ESB reach no presenter.
        if (event.use() == QemuEvent.Use.HCALL) {
          over();
        } else {
          begin(log);
        }
      }
    }
  }

  /** A line that falls has no effects. */
  private void line(QemuLogReader log, boolean rises) {
    if (rises) {
      begin(log);
    } else {
      over();
    }
  }

  private void begin(QemuLogReader log) {
    firstLine = log.lineNumber();
    isHypercallLine = false;
    isEsbCall = false;
  }

  private void over() {
    firstLine = 0;
    isHypercallLine = false;
    isEsbCall = false;
  }

  /**
   * Number of the line with which the operation begins that the log may not have to its end; 0 if
   * there is none.
   */
  long firstLine() {
    return firstLine;
  }
}
