package org.xivebench.xive;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** An immutable set of {@link Quirk}s. */
public final class Quirks {
  /** The architected behaviour. */
  public static final Quirks NONE = new Quirks(EnumSet.noneOf(Quirk.class));

  /** QEMU 7.2 without KVM. */
  public static final Quirks QEMU_7_2 = new Quirks(EnumSet.allOf(Quirk.class));

  private final EnumSet<Quirk> set;

  private Quirks(EnumSet<Quirk> set) {
    this.set = set;
  }

  /** Returns these quirks and no others. */
  public static Quirks of(Collection<Quirk> quirks) {
    EnumSet<Quirk> set = EnumSet.noneOf(Quirk.class);
    set.addAll(quirks);
    return new Quirks(set);
  }

  /** Returns whether the quirk is on. */
  public boolean has(Quirk quirk) {
    return set.contains(quirk);
  }

  /** Returns an unmodifiable view. */
  public Set<Quirk> asSet() {
    return Collections.unmodifiableSet(set);
  }

  @Override
  public String toString() {
    return set.toString();
  }
}
