package org.xivebench.replay.analysis.section;

import java.util.function.Consumer;
import java.util.function.Function;

/**
 * How to make a section and what it wants to see.
 *
 * @param <S> the section's class
 * @param name see {@link org.xivebench.replay.analysis.model.Section#name}
 * @param type the section's class
 * @param create makes one for a JVM
 * @param declare names the events and fields, with the method that takes them
 */
public record SectionType<S extends SectionCollector<S>>(
    String name, Class<S> type, Function<JvmScope, S> create, Consumer<Interests<S>> declare) {
  /** Adds one section of this type to another. */
  public void add(SectionCollector<?> into, SectionCollector<?> from) {
    type.cast(into).addAll(type.cast(from));
  }
}
