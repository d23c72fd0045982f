package org.xivebench.replay.analysis.text;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;

/**
 * The numbers as comma-separated values (RFC 4180), one to a line: {@code
 * jvm,section,part,key,field,value}. A line each keeps the columns the same whatever the sections
 * hold; a spreadsheet's pivot table makes columns of the fields.
 */
public final class CsvReport {
  private static final String EOL = "\r\n";

  private final Writer out;

  /**
   * @param out is flushed, not closed
   */
  public CsvReport(Writer out) {
    this.out = out;
  }

  /** Writes all of it. */
  public void write(Analysis analysis) throws IOException {
    line("jvm", "section", "part", "key", "field", "value");
    for (JvmAnalysis jvm : analysis.jvms()) {
      String number = Integer.toString(jvm.number());
      for (Section section : jvm.sections()) {
        for (Figure figure : section.figures()) {
          line(
              number,
              section.name(),
              "figures",
              "",
              figure.fieldName(),
              String.valueOf(figure.value()));
        }
        for (Breakdown breakdown : section.breakdowns()) {
          distribution(number, section, breakdown, "all", breakdown.all());
          for (Breakdown.Entry entry : breakdown.entries()) {
            distribution(number, section, breakdown, entry.key(), entry.values());
          }
        }
        for (Table table : section.tables()) {
          table(number, section, table);
        }
      }
    }
    out.flush();
  }

  private void distribution(
      String jvm, Section section, Breakdown breakdown, String key, Distribution d)
      throws IOException {
    Unit unit = d.unit();
    String name = breakdown.name();
    line(jvm, section.name(), name, key, "count", Long.toString(d.count()));
    line(jvm, section.name(), name, key, unit.fieldName("total"), Long.toString(d.total()));
    line(jvm, section.name(), name, key, unit.fieldName("min"), Long.toString(d.min()));
    line(jvm, section.name(), name, key, unit.fieldName("p50"), Long.toString(d.p50()));
    line(jvm, section.name(), name, key, unit.fieldName("p90"), Long.toString(d.p90()));
    line(jvm, section.name(), name, key, unit.fieldName("p99"), Long.toString(d.p99()));
    line(jvm, section.name(), name, key, unit.fieldName("p999"), Long.toString(d.p999()));
    line(jvm, section.name(), name, key, unit.fieldName("max"), Long.toString(d.max()));
  }

  private void table(String jvm, Section section, Table table) throws IOException {
    for (List<Object> row : table.rows()) {
      for (int i = 1; i < row.size(); i++) {
        line(
            jvm,
            section.name(),
            table.name(),
            String.valueOf(row.get(0)),
            table.columns().get(i).fieldName(),
            String.valueOf(row.get(i)));
      }
    }
  }

  private void line(String... cells) throws IOException {
    for (int i = 0; i < cells.length; i++) {
      if (i > 0) {
        out.write(',');
      }
      out.write(quoted(cells[i]));
    }
    out.write(EOL);
  }

  private static String quoted(String cell) {
    boolean plain =
        cell.indexOf(',') < 0
            && cell.indexOf('"') < 0
            && cell.indexOf('\n') < 0
            && cell.indexOf('\r') < 0;
    return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }
}
