package org.xivebench.replay.analysis.model;

import java.util.List;
import java.util.Optional;

/**
 * What the recordings hold of one JVM.
 *
 * @param number counted from 1 in the order of time
 * @param name main class or jar, process id and version, as far as they are recorded
 * @param files the files that hold chunks of it, in the order of time
 * @param chunks number of chunks
 * @param startNanos begin of its first chunk, nanoseconds since the epoch; with a time filter, the
 *     begin of what was looked at
 * @param endNanos end of its last chunk, or of what was looked at
 * @param events number of events that were looked at
 * @param eventBytes bytes of these events
 * @param sections all sections, in the order in which they are shown; the empty ones, too
 * @param findings the gravest first
 */
public record JvmAnalysis(
    int number,
    String name,
    List<String> files,
    int chunks,
    long startNanos,
    long endNanos,
    long events,
    long eventBytes,
    List<Section> sections,
    Timeline timeline,
    List<Finding> findings) {
  /** Copies the lists. */
  public JvmAnalysis {
    files = List.copyOf(files);
    sections = List.copyOf(sections);
    findings = List.copyOf(findings);
  }

  /** The section of that name. */
  public Optional<Section> section(String sectionName) {
    return sections.stream().filter(section -> section.name().equals(sectionName)).findFirst();
  }

  /** The breakdown of that name, if the section has values for it. */
  public Optional<Breakdown> breakdown(String sectionName, String breakdownName) {
    return section(sectionName).flatMap(section -> section.breakdown(breakdownName));
  }

  /** The table of that name, if the section has rows for it. */
  public Optional<Table> table(String sectionName, String tableName) {
    return section(sectionName).flatMap(section -> section.table(tableName));
  }

  /** The number of that name; 0 if the section does not have it. */
  public double number(String sectionName, String figureName) {
    return section(sectionName)
        .flatMap(section -> section.figure(figureName))
        .map(Figure::number)
        .orElse(0.0);
  }

  /** Length of the time looked at. */
  public long spanNanos() {
    return Math.max(0, endNanos - startNanos);
  }

  /** The same with what the rules found. */
  public JvmAnalysis withFindings(List<Finding> found) {
    return new JvmAnalysis(
        number,
        name,
        files,
        chunks,
        startNanos,
        endNanos,
        events,
        eventBytes,
        sections,
        timeline,
        found);
  }
}
