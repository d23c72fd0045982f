package org.xivebench.kvm.irqchip;

import java.util.Locale;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.HostIrq;
import org.xivebench.xive.Opal;
import org.xivebench.xive.Pq;
import org.xivebench.xive.QueueMemory;

/**
 * The parts of the debugfs texts that both devices have. Fields and their widths are the kernel's;
 * reading changes nothing.
 *
 * <p>The model has no Linux irq numbers and no real addresses: an interrupt is shown by its
 * hardware number, an escalation's page by its offset among the ENDs' pages.
 */
public final class XiveDebugfs {
  private static final int END_PAGE_SHIFT = 16;

  private XiveDebugfs() {}

  /** Appends the line above the vCPUs. */
  public static void appendVcpuTitle(StringBuilder text) {
    text.append("=========\nVCPU state\n=========\n");
  }

  /** Appends a number as the C format {@code %#x} has it. */
  public static StringBuilder appendHex(StringBuilder text, int value) {
    return value == 0 ? text.append('0') : text.append("0x").append(Integer.toHexString(value));
  }

  /** Appends a line for each queue with a page, and each escalation, of a presenter. */
  public static void appendQueues(StringBuilder text, XiveVcpu xc) {
    boolean old = xc.xive().vm().kernel().isBefore(KernelVersion.V6);
    for (int priority = 0; priority < XiveQueue.COUNT; priority++) {
      XiveQueue queue = xc.queue(priority);
      QueueMemory page = queue.qpage();
      HostIrq escalation = xc.escalation(priority);
      if (page == null && escalation == null) {
        continue;
      }
      if (old) {
        text.append(String.format(Locale.ROOT, " [q%d]: ", priority));
      } else if (page != null) {
        text.append(String.format(Locale.ROOT, "    q[%d]: ", priority));
      }
      if (page != null) {
        int position = queue.position();
        int idx = XiveQueue.indexOf(position);
        text.append(
            String.format(
                Locale.ROOT,
                "T=%d %08x %08x...\n",
                XiveQueue.toggleOf(position),
                page.entry(idx),
                page.entry((idx + 1) & queue.msk)));
      }
      if (escalation != null) {
        appendEscalation(text, escalation, old);
      }
    }
  }

  private static void appendEscalation(StringBuilder text, HostIrq escalation, boolean old) {
    int pq = escalation.escalation().pq();
    long page = (long) (escalation.hwIrq() & ~Opal.ESCALATION_MARKER) << END_PAGE_SHIFT;
    if (old) {
      char p = (pq & Pq.P) != 0 ? 'P' : 'p';
      char q = (pq & Pq.Q) != 0 ? 'Q' : 'q';
      text.append(
          String.format(Locale.ROOT, "E:%c%c I(%d:%x:%x)\n", p, q, escalation.hwIrq(), pq, page));
    } else {
      text.append(
          String.format(
              Locale.ROOT, "    ESC %d %s EOI @%x\n", escalation.hwIrq(), letters(pq), page));
    }
  }

  /** Appends the table of the sources, which kernels before v6 do not have. */
  public static void appendSources(StringBuilder text, KvmXive xive) {
    if (xive.vm().kernel().isBefore(KernelVersion.V6)) {
      return;
    }
    text.append("=========\nSources\n=========\n");
    text.append(
        String.format(
            Locale.ROOT,
            "%-10s%-11s%-10s%-4s%-10s%s\n",
            "LISN",
            "HW/CHIP",
            "TYPE",
            "PQ",
            "EISN",
            "CPU/PRIO"));
    for (int id = 0; id <= xive.maxBlockId(); id++) {
      SourceBlock block = xive.blockById(id);
      if (block == null) {
        continue;
      }
      block.lock();
      try {
        for (SourceState state : block.states()) {
          if (state.valid) {
            appendSource(text, state);
          }
        }
      } finally {
        block.unlock();
      }
    }
  }

  private static void appendSource(StringBuilder text, SourceState state) {
    EsbSource source = state.hwData();
    int pq = (int) source.loadManagement(EsbOffset.GET) & 0xff;
    String line = state.lsi ? (state.asserted ? " ^LSI" : "  LSI") : "  MSI";
    text.append(
        String.format(
            Locale.ROOT,
            "%08x  %08x/%02x%s%s  %s  %08x  %4d/%d\n",
            state.number,
            state.hwNumber(),
            0,
            line,
            state.ptNumber == 0 ? " IPI" : "  PT",
            letters(pq),
            state.eisn,
            state.actServer,
            state.actPriority));
  }

  private static String letters(int pq) {
    return ((pq & Pq.P) != 0 ? "P" : "-") + ((pq & Pq.Q) != 0 ? "Q" : "-");
  }
}
