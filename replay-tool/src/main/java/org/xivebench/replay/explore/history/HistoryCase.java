package org.xivebench.replay.explore.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xivebench.kvm.IrqType;
import org.xivebench.replay.explore.scenario.Scenario;

/**
 * A defect that kernels had, and what mended it.
 *
 * <pre>{@code
 * HistoryCase.of("31a88c82b466", "eq-page-leak", "Free previous EQ page when setting up a new one")
 *     .was("a queue that is set up again keeps the page of the old one for ever")
 *     .mended("the page of the old queue is given back when the END has the new one")
 *     .before(v55.without(KernelFix.EQ_PAGE_PUT))
 *     .after(v55)
 *     .shows(queueTwice(), IrqType.XIVE, "references to pages of the guest were leaked")
 *     .build();
 * }</pre>
 */
public final class HistoryCase {
  private final Optional<String> commit;
  private final String name;
  private final String title;
  private final String defect;
  private final String remedy;
  private final Era before;
  private final Era after;
  private final List<Exhibit> exhibits;

  private HistoryCase(Builder from) {
    this.commit = Optional.ofNullable(from.commit);
    this.name = from.name;
    this.title = from.title;
    this.defect = from.defect;
    this.remedy = from.remedy;
    this.before = from.before;
    this.after = from.after;
    this.exhibits = List.copyOf(from.exhibits);
  }

  /**
   * Begins a case of a Linux commit.
   *
   * @param commit its hash, 12 digits; null if that is not known
   * @param name by which users choose it
   * @param title of the commit, without the subsystem
   */
  static Builder of(String commit, String name, String title) {
    return new Builder(commit, name, title);
  }

  /** Begins a case that kernels have to this day: seen under their protocol, not under gated. */
  static Builder window(String name, String title) {
    return new Builder(null, name, title);
  }

  /** Returns the hash of the commit that mended it, if there is one and it is known. */
  public Optional<String> commit() {
    return commit;
  }

  /** Returns the name by which users choose it. */
  public String name() {
    return name;
  }

  /** Returns the commit's title, or what the window is. */
  public String title() {
    return title;
  }

  /** Returns what was wrong, and how it showed. */
  public String defect() {
    return defect;
  }

  /** Returns what mended it. */
  public String remedy() {
    return remedy;
  }

  /** Returns the options that choose the code as it was before. */
  public String beforeOptions() {
    return before.options();
  }

  /** Returns the options that choose the code as it was after. */
  public String afterOptions() {
    return after.options();
  }

  Era before() {
    return before;
  }

  Era after() {
    return after;
  }

  List<Exhibit> exhibits() {
    return exhibits;
  }

  /**
   * Returns whether a user means it: by its name, or by the first digits, at least 6, of its hash.
   */
  boolean isNamed(String text) {
    return name.equals(text)
        || title.equals(text)
        || (text.length() >= 6 && commit.filter(hash -> hash.startsWith(text)).isPresent());
  }

  @Override
  public String toString() {
    return name;
  }

  /** What a case is made of. */
  static final class Builder {
    private final String commit;
    private final String name;
    private final String title;
    private String defect = "";
    private String remedy = "";
    private Era before;
    private Era after;
    private final List<Exhibit> exhibits = new ArrayList<>();

    private Builder(String commit, String name, String title) {
      this.commit = commit;
      this.name = name;
      this.title = title;
    }

    /** What was wrong, and how it showed: the symptom that the commit describes. */
    Builder was(String text) {
      defect = text;
      return this;
    }

    /** What is done about it since. */
    Builder mended(String text) {
      remedy = text;
      return this;
    }

    /** The code before the fix. */
    Builder before(Era era) {
      before = era;
      return this;
    }

    /** The code after it. */
    Builder after(Era era) {
      after = era;
      return this;
    }

    /**
     * What is to be seen before, and not after.
     *
     * @param symptom text of the report
     * @param elsewhere texts of reports of other defects of that day, which may be seen too
     */
    Builder shows(Scenario scenario, IrqType backend, String symptom, String... elsewhere) {
      exhibits.add(new Exhibit(scenario, backend, symptom, List.of(elsewhere)));
      return this;
    }

    HistoryCase build() {
      return new HistoryCase(this);
    }
  }
}
