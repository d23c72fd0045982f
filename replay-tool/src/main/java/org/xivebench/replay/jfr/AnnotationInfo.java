package org.xivebench.replay.jfr;

import java.util.Map;

/**
 * An annotation as a recording's metadata has it.
 *
 * @param type name of the annotation type, such as {@code jdk.jfr.Timespan}
 * @param values by member name, as text; the elements of an array member {@code m} are {@code m-0},
 *     {@code m-1} and so on
 */
public record AnnotationInfo(String type, Map<String, String> values) {
  public AnnotationInfo {
    values = Map.copyOf(values);
  }

  /** The member {@code value}, or null when there is none. */
  public String value() {
    return values.get("value");
  }
}
