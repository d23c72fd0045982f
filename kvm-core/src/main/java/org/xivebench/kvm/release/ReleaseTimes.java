package org.xivebench.kvm.release;

import java.util.EnumMap;
import java.util.Map;

/** Measures how long each step of a release takes. */
public final class ReleaseTimes implements ReleaseObserver {
  private final Map<Step, Long> nanos = new EnumMap<>(Step.class);
  private Step current;
  private long since;

  @Override
  public void before(Step step) {
    end();
    current = step;
  }

  @Override
  public void done() {
    end();
    current = null;
  }

  private void end() {
    long now = System.nanoTime();
    if (current != null) {
      nanos.merge(current, now - since, Long::sum);
    }
    since = now;
  }

  /** Returns the nanoseconds that each step took which has ended. */
  public Map<Step, Long> nanos() {
    return nanos.isEmpty() ? Map.of() : new EnumMap<>(nanos);
  }
}
