/**
 * What an analysis found, as immutable values: the printers, the page, the comparison and the rules
 * all work on these and on nothing else.
 *
 * <p>{@link org.xivebench.replay.analysis.model.Analysis} holds one {@link
 * org.xivebench.replay.analysis.model.JvmAnalysis} for each JVM of the recordings. Its {@link
 * org.xivebench.replay.analysis.model.Section sections} are made of a few kinds of parts whatever
 * they are about (figures, breakdowns with distributions, tables, call trees, heat maps, series),
 * so that a new section needs no new printer. Every part has a short name, unique in its section
 * and stable: JSON fields and the paths of user rules are made of these names. The size of it all
 * does not depend on the number of events.
 */
package org.xivebench.replay.analysis.model;
