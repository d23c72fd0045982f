package org.xivebench.replay.analysis.section;

import java.util.List;
import java.util.function.Supplier;
import org.xivebench.replay.analysis.collect.Frames;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.jfr.ChunkSummary;
import org.xivebench.replay.jfr.EventCursor;

/**
 * A section at work: takes the events of one JVM from one file.
 *
 * @param <S> the section's own class
 */
public abstract class SectionCollector<S extends SectionCollector<S>> {
  /** What belongs to the JVM as a whole. */
  protected final JvmScope scope;

  SectionCollector(JvmScope scope) {
    this.scope = scope;
  }

  /**
   * No more events of this chunk will come: its constants, stack traces among them, end with it.
   */
  public void flush() {}

  /** A chunk has been read to its end, after {@link #flush}. */
  public void chunkEnded(ChunkSummary chunk) {}

  /** Takes all that another one took, of the same JVM from another file. */
  public abstract void addAll(S other);

  /** The section; may be asked for again after more events. */
  public abstract Section result();

  /**
   * Describes an event in case it is wanted.
   *
   * @param start slot of the start time
   * @param thread slot of the thread, or -1
   * @param stack slot of the stack trace, or -1
   */
  final Supplier<Occurrence> describe(
      EventCursor event, int start, long value, int thread, int stack, Supplier<String> what) {
    return () -> occurrence(event, start, value, thread, stack, what.get());
  }

  /** Describes an event; parameters as {@link #describe} has them. */
  final Occurrence occurrence(
      EventCursor event, int start, long value, int thread, int stack, String what) {
    return new Occurrence(
        event.getNanos(start),
        value,
        thread < 0 ? "" : scope.threadName(event.getThread(thread)),
        what,
        stack < 0 ? List.of() : Frames.innermost(event.getStackTrace(stack)));
  }
}
