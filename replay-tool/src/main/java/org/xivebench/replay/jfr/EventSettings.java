package org.xivebench.replay.jfr;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings that a recording was made with, as its {@code jdk.ActiveSetting} events tell them.
 */
public final class EventSettings {
  private static final String THROTTLE = "throttle";
  private static final String THRESHOLD = "threshold";
  private static final String ENABLED = "enabled";

  /** Last value of a setting by event type and setting. */
  private final Map<String, Map<String, String>> settings = new HashMap<>();

  /** Takes an event of type {@code jdk.ActiveSetting} whose slots are id, name and value. */
  public void add(EventCursor event) {
    TypeInfo type = event.metadata().type(event.getLong(0));
    String name = event.getString(1);
    String value = event.getString(2);
    if (type != null && name != null && value != null) {
      settings.computeIfAbsent(type.name(), n -> new HashMap<>()).put(name, value);
    }
  }

  /** Takes the settings of a later recording of the same JVM. */
  public void addAll(EventSettings later) {
    later.settings.forEach(
        (type, values) -> settings.computeIfAbsent(type, n -> new HashMap<>()).putAll(values));
  }

  /** Settings of an event type by name; empty when not recorded. */
  public Map<String, String> of(String eventType) {
    return Collections.unmodifiableMap(settings.getOrDefault(eventType, Map.of()));
  }

  /** Whether nothing is known. */
  public boolean isEmpty() {
    return settings.isEmpty();
  }

  /** The rates, such as {@code 300/s}, to which enabled events were cut, by event type. */
  public SortedMap<String, String> throttled() {
    return enabledWith(THROTTLE);
  }

  /** The durations, such as {@code 20 ms}, below which events were left out, by event type. */
  public SortedMap<String, String> thresholds() {
    return enabledWith(THRESHOLD);
  }

  private SortedMap<String, String> enabledWith(String setting) {
    SortedMap<String, String> found = new TreeMap<>();
    settings.forEach(
        (type, values) -> {
          String value = values.get(setting);
          if (value != null
              && "true".equals(values.get(ENABLED))
              && !value.equals("off")
              && !value.matches("0 ?[a-z]*|")) {
            found.put(type, value);
          }
        });
    return found;
  }
}
