package org.xivebench.replay.analysis.section;

import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.TypeInfo;

/**
 * Takes what a section wants to see.
 *
 * @param <S> the section's class
 */
public abstract class Interests<S> {
  /** Takes an event for a section. */
  @FunctionalInterface
  public interface Handler<S> {
    /** Called for each event; slots are as in the fields of the interest. */
    void event(S section, EventCursor event);
  }

  private static final String JDK = "jdk.";
  private static final String JDK_9 = "com.oracle.jdk.";

  /**
   * Wants the events that a predicate chooses.
   *
   * @param always whether filters of the user do not apply: for what describes the recording
   */
  protected abstract void want(
      Predicate<TypeInfo> types, boolean always, Handler<S> handler, String... fields);

  /** Wants whole events, for {@link EventCursor#struct}, that a predicate chooses. */
  public abstract void whole(Predicate<TypeInfo> types, Handler<S> handler, String... fields);

  /** Wants the events of a JDK type, named without {@code jdk.}. */
  public void jdk(String type, Handler<S> handler, String... fields) {
    want(named(Set.of(JDK + type, JDK_9 + type)), false, handler, fields);
  }

  /** Wants the events of several JDK types. */
  public void jdk(Set<String> types, Handler<S> handler, String... fields) {
    Set<String> names =
        types.stream()
            .flatMap(type -> Set.of(JDK + type, JDK_9 + type).stream())
            .collect(Collectors.toUnmodifiableSet());
    want(named(names), false, handler, fields);
  }

  /** The same, whatever the user filters out: the event describes the JVM or the recording. */
  public void jdkAlways(String type, Handler<S> handler, String... fields) {
    want(named(Set.of(JDK + type, JDK_9 + type)), true, handler, fields);
  }

  /** Wants the events of a type of the bench, named without {@code org.xivebench.}. */
  public void bench(String type, Handler<S> handler, String... fields) {
    want(named(Set.of("org.xivebench." + type)), false, handler, fields);
  }

  /** The same, whatever the user filters out. */
  public void benchAlways(String type, Handler<S> handler, String... fields) {
    want(named(Set.of("org.xivebench." + type)), true, handler, fields);
  }

  /** The simple name of a JDK type, whatever the version of the recording. */
  static String simpleName(TypeInfo type) {
    return type.name().substring(type.name().lastIndexOf('.') + 1);
  }

  private static Predicate<TypeInfo> named(Set<String> names) {
    return type -> names.contains(type.name());
  }
}
