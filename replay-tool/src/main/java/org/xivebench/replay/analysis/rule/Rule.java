package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;

/** Looks for one thing in what is known of a JVM. */
public interface Rule {
  /** Unique and stable, such as {@code gc-share}. */
  String name();

  /** What it looks for and when it speaks up, a sentence for {@code --rules list}. */
  String description();

  /** What it found; empty when there is nothing to say. */
  List<Finding> check(JvmAnalysis jvm);
}
