package org.xivebench.replay.analysis.model;

/**
 * What a rule has to say about a JVM.
 *
 * @param rule name of the rule
 * @param summary what was seen, one sentence with the numbers
 * @param explanation why it matters
 * @param remedy what to do
 * @param section name of the section that shows the details; empty if none does
 */
public record Finding(
    String rule,
    Severity severity,
    String summary,
    String explanation,
    String remedy,
    String section) {}
