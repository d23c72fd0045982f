package org.xivebench.replay.explore;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.BitSet;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * All that is reachable from an object, as text: two runs that have come to the same state have the
 * same. Objects are named by the order in which they are met. Locks, lambdas and the like are left
 * out, and so is the time of day; of containers what they hold counts.
 */
final class StateFingerprint {
  private final StringBuilder text = new StringBuilder();
  private final IdentityHashMap<Object, Integer> met = new IdentityHashMap<>();

  private StateFingerprint() {}

  /** Returns the fingerprint of what can be reached from an object. */
  static String of(Object root) {
    StateFingerprint fingerprint = new StateFingerprint();
    fingerprint.add(root);
    return fingerprint.text.toString();
  }

  private void add(Object value) {
    if (value == null) {
      text.append('-');
    } else if (value instanceof Enum<?> || value instanceof Number || value instanceof Boolean) {
      text.append(value);
    } else if (value instanceof String string) {
      text.append(string);
    } else if (value instanceof Thread thread) {
      text.append(thread.getName());
    } else if (value instanceof BitSet || value instanceof AtomicIntegerArray) {
      text.append(value);
    } else if (value instanceof AtomicLongArray array) {
      text.append(array);
    } else if (met.putIfAbsent(value, met.size()) != null) {
      text.append('#').append(met.get(value));
    } else {
      text.append('{');
      addContent(value);
      text.append('}');
    }
    text.append(' ');
  }

  private void addContent(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((key, each) -> sorted.put(key.toString(), each));
      sorted.forEach(
          (key, each) -> {
            add(key);
            add(each);
          });
    } else if (value instanceof Collection<?> collection) {
      collection.forEach(this::add);
    } else if (value instanceof AtomicReference<?> reference) {
      add(reference.get());
    } else if (value instanceof AtomicReferenceArray<?> array) {
      for (int at = 0; at < array.length(); at++) {
        if (array.get(at) != null) {
          text.append(at).append(':');
          add(array.get(at));
        }
      }
    } else if (value.getClass().isArray()) {
      addArray(value);
    } else if (value.getClass().getName().startsWith("org.xivebench.")
        && !value.getClass().isHidden()) {
      addFields(value, value.getClass());
    } else {
      text.append(value.getClass().getSimpleName().replaceAll("\\$.*", ""));
    }
  }

  private void addArray(Object array) {
    for (int at = 0; at < Array.getLength(array); at++) {
      Object each = Array.get(array, at);
      if (each != null && !(each instanceof Number number && number.longValue() == 0)) {
        text.append(at).append(':');
        add(each);
      }
    }
  }

  private void addFields(Object value, Class<?> type) {
    if (type.getSuperclass() != Object.class && type.getSuperclass() != null) {
      addFields(value, type.getSuperclass());
    }
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) || field.getName().endsWith("Nanos")) {
        continue;
      }
      try {
        field.setAccessible(true);
        add(field.get(value));
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
  }
}
