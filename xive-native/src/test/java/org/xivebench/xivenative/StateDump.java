package org.xivebench.xivenative;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.xivebench.kvm.VcpuCounts;
import org.xivebench.sync.Lifetime;

/**
 * Every field of every object that can be reached from a machine, by its path: the VM with its
 * vCPUs, devices, queues and memory, and the host with its sources, ENDs, NVTs and TIMAs. What is
 * 0, false or null is left out. Left out as well: locks and gates, what is code, and counts of how
 * often a vCPU did what.
 */
final class StateDump {
  private final Map<String, String> values = new TreeMap<>();
  private final IdentityHashMap<Object, String> met = new IdentityHashMap<>();

  private StateDump() {}

  /** Takes the dump of all that can be reached from some objects. */
  static StateDump of(Object... roots) {
    StateDump dump = new StateDump();
    for (Object root : roots) {
      dump.add(root.getClass().getSimpleName(), root);
    }
    return dump;
  }

  /** Returns the paths whose value is another in a later dump, each as {@code path: old -> new}. */
  List<String> changesTo(StateDump later) {
    List<String> changes = new ArrayList<>();
    TreeSet<String> paths = new TreeSet<>(values.keySet());
    paths.addAll(later.values.keySet());
    for (String path : paths) {
      String old = values.getOrDefault(path, "none");
      String now = later.values.getOrDefault(path, "none");
      if (!Objects.equals(old, now)) {
        changes.add(path + ": " + old + " -> " + now);
      }
    }
    return changes;
  }

  private void add(String path, Object value) {
    if (value == null || Boolean.FALSE.equals(value) || isZero(value)) {
      return;
    }
    if (value instanceof Lifetime lifetime) {
      values.put(path, lifetime.isLive() ? "live" : "freed");
    } else if (value instanceof BitSet bits) {
      values.put(path, bits.cardinality() + " set, hash " + bits.hashCode());
    } else if (isPlain(value)) {
      values.put(path, value.toString());
    } else if (!isLeftOut(value)) {
      String earlier = met.putIfAbsent(value, path);
      if (earlier != null) {
        values.put(path, "= " + earlier);
      } else {
        addContent(path, value);
      }
    }
  }

  private static boolean isZero(Object value) {
    return value instanceof Number number
        && !(value instanceof AtomicInteger)
        && number.longValue() == 0;
  }

  private static boolean isPlain(Object value) {
    return value instanceof Enum<?>
        || value instanceof Number
        || value instanceof Boolean
        || value instanceof String
        || value instanceof AtomicInteger
        || value instanceof AtomicLong;
  }

  private static boolean isLeftOut(Object value) {
    String name = value.getClass().getName();
    return value.getClass().isHidden()
        || name.startsWith("org.xivebench.sync.")
        || value instanceof VcpuCounts
        || value instanceof Thread;
  }

  private void addContent(String path, Object value) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, each) -> add(path + "[" + key + "]", each));
    } else if (value instanceof Collection<?> collection) {
      int at = 0;
      for (Object each : collection) {
        add(path + "[" + at++ + "]", each);
      }
    } else if (value instanceof AtomicReferenceArray<?> array) {
      for (int at = 0; at < array.length(); at++) {
        if (array.get(at) != null) {
          add(path + "[" + at + "]", array.get(at));
        }
      }
    } else if (value instanceof AtomicLongArray || value instanceof AtomicIntegerArray) {
      values.put(path, value.toString());
    } else if (value instanceof int[] words) {
      for (int at = 0; at < words.length; at++) {
        if (words[at] != 0) {
          values.put(path + "[" + at + "]", Integer.toHexString(words[at]));
        }
      }
    } else if (value.getClass().isArray()) {
      for (int at = 0; at < Array.getLength(value); at++) {
        Object each = Array.get(value, at);
        if (each != null) {
          add(path + "[" + at + "]", each);
        }
      }
    } else if (value.getClass().getName().startsWith("org.xivebench.")) {
      values.put(path, value.getClass().getSimpleName());
      for (Class<?> type = value.getClass(); type != Object.class; type = type.getSuperclass()) {
        if (type == Record.class) {
          break;
        }
        addFields(path, value, type);
      }
    }
  }

  private void addFields(String path, Object value, Class<?> type) {
    for (Field field : type.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers())) {
        field.setAccessible(true);
        try {
          add(path + "." + field.getName(), field.get(value));
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
    }
  }
}
