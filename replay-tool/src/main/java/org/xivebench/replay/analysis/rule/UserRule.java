package org.xivebench.replay.analysis.rule;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.ModelPath;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;

/**
 * A rule of the user: a number of the model against a bound.
 *
 * @param name of the rule
 * @param path leads to the number, as the user wrote it
 * @param value the same, read
 * @param above the finding is made for values above; {@code NaN}: no such bound
 * @param below the finding is made for values below; {@code NaN}: no such bound
 * @param required whether a recording without the number is a finding, too
 * @param summary said instead of the number and the bound; empty: those
 */
record UserRule(
    String name,
    Severity severity,
    String path,
    ModelPath value,
    double above,
    double below,
    boolean required,
    String summary,
    String explanation,
    String remedy)
    implements Rule {

  @Override
  public String description() {
    String bounds =
        (Double.isNaN(above) ? "" : " above " + above)
            + (Double.isNaN(below) ? "" : " below " + below);
    return path + bounds + ".";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    List<ModelPath.Value> values = value.values(jvm);
    List<Finding> findings = new ArrayList<>();
    if (values.isEmpty() && required) {
      findings.add(finding("The recording has no " + path + ", which the rule requires."));
    }
    for (ModelPath.Value found : values) {
      boolean over = found.number() > above;
      if (over || found.number() < below) {
        String number = Quantities.of(found.unit(), found.number());
        String bound = Quantities.of(found.unit(), over ? above : below);
        String what =
            path
                + " ("
                + found.label()
                + ") is "
                + number
                + (over ? ", above " : ", below ")
                + bound;
        findings.add(finding((summary.isEmpty() ? "" : summary + ": ") + what + "."));
      }
    }
    return findings;
  }

  private Finding finding(String seen) {
    return new Finding(name, severity, seen, explanation, remedy, value.section());
  }
}
