/**
 * Conformance files: scripts of operations with the results that a real implementation gave, one
 * JSON object a line. A file is run on a machine as its header says, and every result compared.
 *
 * <p>{@link org.xivebench.replay.conformance.ScenarioReader} reads, {@link
 * org.xivebench.replay.conformance.ScenarioRunner} runs and compares.
 */
package org.xivebench.replay.conformance;
