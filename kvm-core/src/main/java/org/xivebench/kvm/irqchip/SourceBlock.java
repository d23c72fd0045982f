package org.xivebench.kvm.irqchip;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.xivebench.kvm.KvmLocks;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.SpinLock;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * 1024 sources with one lock: the kernel's {@code kvmppc_xive_src_block}. Freed at release. A state
 * comes into being when it is first looked at: machines use few of them, and a block is made and
 * freed at each swap.
 *
 * <p>A source is masked so that no event of it is lost: while it is masked its P bit is set, so
 * that triggers gather in Q; what P and Q were before is in {@code oldP} and {@code oldQ}. An H_EOI
 * that comes meanwhile clears {@code oldP}.
 *
 * <p>{@code inEoi} keeps an H_EOI, which takes no lock, and a change of the mask apart: H_EOI sets
 * it and then looks at {@code guestPriority}; a change of the mask sets {@code guestPriority} and
 * then looks at {@code inEoi}. One of the two sees the other and waits.
 *
 * <p>Sources that only firmware can mask are not modelled: POWER9's IPIs are not of that kind.
 *
 * <p>Source: arch/powerpc/kvm/book3s_xive.c, Linux v5.10.
 */
public final class SourceBlock {
  /** log2 of the sources in a block. */
  static final int SHIFT = 10;

  /** Sources in a block. */
  public static final int SOURCES = 1 << SHIFT;

  /** Blocks that a device can have. */
  static final int MAX_BLOCKS = 1024;

  /** {@code sb->lock}: guards the states. A leaf, but for {@code mapping_lock}. */
  private final SpinLock lock;

  private final HostXive host;
  private final int id;
  private final Lifetime lifetime;

  /** Made when first asked for: most blocks have few sources in use. */
  private final AtomicReferenceArray<SourceState> states = new AtomicReferenceArray<>(SOURCES);

  /** A bit for each state that has been made. */
  private final AtomicLongArray made = new AtomicLongArray(SOURCES / Long.SIZE);

  SourceBlock(HostXive host, int id) {
    this.host = host;
    this.id = id;
    this.lock = new SpinLock(KvmLocks.SOURCE_BLOCK_LOCK, "sb" + id + "->lock");
    this.lifetime = new Lifetime(() -> "source block " + id);
  }

  /** Returns its number: guest interrupt number divided by {@link #SOURCES}. */
  public int id() {
    return id;
  }

  /** Ends at release. */
  public Lifetime lifetime() {
    return lifetime;
  }

  /** Takes {@code sb->lock}. */
  public void lock() {
    lifetime.check();
    lock.lock();
    if (!lifetime.isLive()) {
      lock.unlock();
      lifetime.check();
    }
  }

  /** Gives {@code sb->lock} back. */
  public void unlock() {
    lock.unlock();
  }

  /** First line of what needs {@code sb->lock}. */
  public void assertHeld() {
    lock.assertHeld();
    lifetime.check();
  }

  /**
   * Returns a source's state.
   *
   * @param irq guest interrupt number, or index in the block
   */
  public SourceState state(int irq) {
    lifetime.check();
    int index = irq & SOURCES - 1;
    SourceState state = states.getAcquire(index);
    return state != null ? state : make(index);
  }

  private SourceState make(int index) {
    SourceState fresh = new SourceState(this, id << SHIFT | index);
    SourceState earlier = states.compareAndExchange(index, null, fresh);
    made.getAndAccumulate(index / Long.SIZE, 1L << index, (bits, bit) -> bits | bit);
    return earlier != null ? earlier : fresh;
  }

  /**
   * Returns all states that anybody has asked for, in the order of their numbers. The others are as
   * a block has them at its start: not valid.
   */
  public List<SourceState> states() {
    lifetime.check();
    List<SourceState> all = new ArrayList<>();
    for (int word = 0; word < made.length(); word++) {
      for (long bits = made.get(word); bits != 0; bits &= bits - 1) {
        all.add(states.getAcquire(word * Long.SIZE + Long.numberOfTrailingZeros(bits)));
      }
    }
    return all;
  }

  // ---- masking

  /**
   * Masks a source. Returns with {@code sb->lock} held.
   *
   * @return the guest's priority before; {@link SourceState#MASKED} if it was masked already, and
   *     then P and Q are not touched
   */
  public int lockAndMask(SourceState state) {
    int old;
    while (true) {
      lock();
      old = state.guestPriority;
      Schedule.writes(state);
      state.guestPriority = SourceState.MASKED;
      Schedule.point(PointKind.READ, state);
      if (!state.isInEoi()) {
        break;
      }
      Schedule.writes(state);
      state.guestPriority = old;
      unlock();
      Schedule.spinUntil(() -> !state.isInEoi(), state);
    }
    if (old != SourceState.MASKED) {
      long pq = state.hwData().loadManagement(EsbOffset.SET_PQ_10);
      Schedule.writes(state);
      state.oldP = (pq & Pq.P) != 0;
      state.oldQ = (pq & Pq.Q) != 0;
      // What had left the source is in its queue when this returns.
      host.syncSource(state.hwNumber());
    }
    return old;
  }

  /** Takes {@code sb->lock}, when no H_EOI is at work on the source. */
  public void lockForUnmask(SourceState state) {
    while (true) {
      lock();
      Schedule.point(PointKind.READ, state);
      if (!state.isInEoi()) {
        return;
      }
      unlock();
      Schedule.spinUntil(() -> !state.isInEoi(), state);
    }
  }

  @Override
  public String toString() {
    return lifetime.toString();
  }
}
