package org.xivebench.replay.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.xivebench.replay.Progress;

/**
 * One line on a terminal that says how far a job is, drawn over itself ten times a second at most,
 * and gone when the job is over. May be told from several threads.
 *
 * <p>Written here because the libraries for it bring a terminal library with them, which is many
 * times the rest of the command line and would be loaded at each start.
 */
final class ProgressBar implements Progress, AutoCloseable {
  private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int BAR_CELLS = 24;
  private static final String ERASE_LINE = "\r\u001b[K";

  private final PrintStream terminal;
  private final String label;
  private final String unit;
  private final LongSupplier nanoTime;
  private final long startNanos;

  /** When the line may be drawn again. Read without the lock: a stale value costs one draw. */
  private volatile long nextDrawNanos;

  @GuardedBy("this")
  private boolean drawn;

  /**
   * @param terminal where the line is drawn
   * @param label what is done
   * @param unit what is counted
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  ProgressBar(PrintStream terminal, String label, String unit, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.label = label;
    this.unit = unit;
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
    // Nothing for jobs that are over before anyone could have read it.
    this.nextDrawNanos = startNanos + 3 * REDRAW_NANOS;
  }

  /** One that shows nothing. */
  static ProgressBar hidden() {
    return new ProgressBar(null, "", "", () -> 0);
  }

  @Override
  public void update(long done, long total) {
    if (terminal == null) {
      return;
    }
    long now = nanoTime.getAsLong();
    if (now - nextDrawNanos < 0) {
      return;
    }
    synchronized (this) {
      if (now - nextDrawNanos < 0) {
        return;
      }
      nextDrawNanos = now + REDRAW_NANOS;
      drawn = true;
      terminal.print("\r" + line(done, total, now - startNanos) + "\u001b[K");
      terminal.flush();
    }
  }

  /** Takes the line away. */
  @Override
  public synchronized void close() {
    if (drawn) {
      terminal.print(ERASE_LINE);
      terminal.flush();
      drawn = false;
    }
  }

  private String line(long done, long total, long elapsedNanos) {
    double perSecond = done / Math.max(elapsedNanos / 1e9, 1e-9);
    String count = String.format(Locale.ROOT, "%,d %s, %,.0f/s", done, unit, perSecond);
    if (total <= 0) {
      return label + "  " + count;
    }
    double fraction = Math.min(1.0, (double) done / total);
    int filled = (int) (fraction * BAR_CELLS);
    long leftSeconds = perSecond > 0 ? Math.round((total - done) / perSecond) : 0;
    return String.format(
        Locale.ROOT,
        "%s %3d%% [%s%s] %s, %d:%02d left",
        label,
        (int) (fraction * 100),
        "#".repeat(filled),
        ".".repeat(BAR_CELLS - filled),
        count,
        leftSeconds / 60,
        leftSeconds % 60);
  }
}
