/** Prints the result of an analysis: for people, as JSON, as CSV. */
package org.xivebench.replay.analysis.text;
