package org.xivebench.xive;

import org.xivebench.sync.Lifetime;

/**
 * A mapping of one of an END's own ESB pages: the source that its notification (ESn) or its
 * escalation (ESe) is. Offsets as in {@link EsbOffset}; triggers come from the END only, so all
 * stores but SET_PQ are ignored. While the END is not valid every load gives all ones.
 *
 * <p>An EOI that finds Q set forwards what ESn or ESe held back. Each mapping has a life of its
 * own: disposing it does not touch the END.
 */
public final class EndEsb {
  private final End end;
  private final boolean notify;
  private final boolean disabled;
  private final Lifetime lifetime;

  EndEsb(Xive xive, End end, boolean notify) {
    this.end = end;
    this.notify = notify;
    this.disabled = xive.quirks().has(Quirk.QUEUE_WITHOUT_NOTIFY);
    this.lifetime = new Lifetime(() -> "mapping of the ES" + (notify ? 'n' : 'e') + " of " + end);
  }

  /** Ends when the mapping is disposed. */
  public Lifetime lifetime() {
    return lifetime;
  }

  /** Loads 8 bytes. */
  public long load(int offset) {
    lifetime.check();
    return disabled ? 0 : end.loadEsb(notify, offset);
  }

  /** Stores 8 bytes; the value does not matter. */
  public void store(int offset, long value) {
    lifetime.check();
    if (!disabled && (offset & EsbOffset.PERIOD_MASK) >= EsbOffset.SET_PQ_00) {
      end.loadEsb(notify, offset);
    }
  }

  /** Returns PQ, or {@link Pq#INVALID}. */
  public int pq() {
    return (int) load(EsbOffset.GET) & 0xff;
  }

  @Override
  public String toString() {
    return lifetime.toString();
  }
}
