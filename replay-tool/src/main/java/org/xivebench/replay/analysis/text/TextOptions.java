package org.xivebench.replay.analysis.text;

/**
 * How a report for people looks.
 *
 * @param width characters of a line
 * @param color whether colour escapes may be used
 * @param limit rows of a table
 * @param sort by what breakdowns are ordered
 */
public record TextOptions(int width, boolean color, int limit, SortKey sort) {}
