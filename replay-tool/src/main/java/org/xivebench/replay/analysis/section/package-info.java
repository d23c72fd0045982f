/**
 * The subjects of an analysis, one class each. A section says which event types and fields it wants
 * and takes these events of one JVM; that is all it takes to add one, besides a line in {@link
 * org.xivebench.replay.analysis.section.Sections}.
 */
package org.xivebench.replay.analysis.section;
