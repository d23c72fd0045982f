/**
 * Rules over the result of an analysis, one stateless class each, in the manner of JDK Mission
 * Control: severity, what was seen, why it matters, what to do. They look at nothing but the {@link
 * org.xivebench.replay.analysis.model model}.
 */
package org.xivebench.replay.analysis.rule;
