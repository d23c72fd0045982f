/**
 * Traces: the ordered record of what was done to an interrupt controller and of what it did.
 *
 * <p>{@link org.xivebench.replay.trace.TraceKind} lists the kinds of event with their fields; it is
 * the one place that the reader, the writer and the documentation of the format follow. A {@link
 * org.xivebench.replay.trace.TraceReader} streams a trace in constant memory, a {@link
 * org.xivebench.replay.trace.TraceWriter} appends to one from one thread, a {@link
 * org.xivebench.replay.trace.TraceRecorder} from many.
 *
 * <p>The encoding is a flight recording with events named {@code org.xivebench.*}; {@code
 * docs/traces.md} describes it for those who read traces with other tools.
 */
package org.xivebench.replay.trace;
