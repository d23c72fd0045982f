/**
 * Analyses recordings: one pass over the events feeds all sections, files are read side by side,
 * and memory does not grow with the number of events.
 *
 * <pre>{@code
 * Analyzer analyzer = new Analyzer(AnalysisOptions.DEFAULT);
 * Analysis analysis = analyzer.analyze(inputs, Progress.NONE, new Cancellation());
 * }</pre>
 *
 * Sections are in {@code section}, what they collect with in {@code collect}, the result in {@code
 * model}, rules over the result in {@code rule}, printing in {@code text}. Only {@link
 * org.xivebench.replay.analysis.Analyzer} and what works for it knows of files.
 */
package org.xivebench.replay.analysis;
