package org.xivebench.replay.conformance;

import java.util.List;

/**
 * A result that is not the recorded one.
 *
 * @param line of the operation in its file
 * @param operation what was done, in short
 * @param expected what was recorded
 * @param got what the model gave
 * @param before the lines before it, oldest first
 */
public record Mismatch(
    long line, String operation, Answer expected, Answer got, List<String> before) {}
