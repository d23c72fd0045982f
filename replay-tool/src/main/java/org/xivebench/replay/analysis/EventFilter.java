package org.xivebench.replay.analysis;

import java.util.List;
import java.util.function.Predicate;
import org.xivebench.replay.jfr.TypeInfo;

/**
 * Which events the user wants to see. What describes the JVM and the recording is seen in any case.
 *
 * @param events patterns for names of event types, with or without {@code jdk.}; empty: all
 * @param categories patterns for names of categories; empty: all
 * @param threads patterns for names of threads; empty: all. An event without a thread passes only
 *     then.
 * @param fromNanos events that begin earlier are left out; {@code Long.MIN_VALUE}: none
 * @param toNanos events that begin then or later are left out; {@code Long.MAX_VALUE}: none
 */
public record EventFilter(
    List<String> events,
    List<String> categories,
    List<String> threads,
    long fromNanos,
    long toNanos) {
  /** Lets everything pass. */
  public static final EventFilter ALL =
      new EventFilter(List.of(), List.of(), List.of(), Long.MIN_VALUE, Long.MAX_VALUE);

  /** Copies the lists. */
  public EventFilter {
    events = List.copyOf(events);
    categories = List.copyOf(categories);
    threads = List.copyOf(threads);
  }

  /** Whether all events of a type pass or none. */
  public boolean looksIntoEvents() {
    return !threads.isEmpty() || fromNanos != Long.MIN_VALUE || toNanos != Long.MAX_VALUE;
  }

  /** The part of the filter that is about types. */
  public Predicate<TypeInfo> types() {
    Predicate<String> names = Glob.anyOf(events);
    Predicate<String> categoryNames = Glob.anyOf(categories);
    return type ->
        (events.isEmpty() || names.test(type.name()) || names.test(withoutPrefix(type.name())))
            && (categories.isEmpty() || type.categories().stream().anyMatch(categoryNames));
  }

  private static String withoutPrefix(String name) {
    for (String prefix : List.of("jdk.", "com.oracle.jdk.", "org.xivebench.")) {
      if (name.startsWith(prefix)) {
        return name.substring(prefix.length());
      }
    }
    return name;
  }
}
