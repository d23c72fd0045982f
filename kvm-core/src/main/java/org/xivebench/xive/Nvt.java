package org.xivebench.xive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * A virtual processor as the presentation engine knows it (Notification Virtual Target; VP in
 * firmware calls).
 *
 * <p>An event for a VP goes to the TIMA on which the VP is dispatched, or else into the saved IPB.
 * Neither side may lose it when the VP is pushed or pulled at the same moment:
 *
 * <pre>
 *   notify                              push                          pull
 *   1 dispatched? merge into its ring   1 CAM into the ring           1 dispatched = none
 *     (one CAS that checks the CAM)     2 dispatched = this TIMA      2 VO out of the ring
 *   2 else: bit into saved IPB          3 take saved IPB, merge       (then the ring is saved)
 *   3 dispatched now? take, merge
 * </pre>
 *
 * <p>Either push's step 3 sees the bit of notify's step 2, or notify's step 3 sees push's step 2. A
 * pull that comes between makes the merge fail on the CAM, and then nobody is dispatched any more.
 */
public final class Nvt {
  static final int MISSED = 0;
  static final int DELIVERED = 1;
  static final int RAISED = 2;

  private static final VarHandle IPB;
  private static final VarHandle DISPATCHED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      IPB = lookup.findVarHandle(Nvt.class, "ipb", int.class);
      DISPATCHED = lookup.findVarHandle(Nvt.class, "dispatched", Tima.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int vp;
  private final Lifetime lifetime;
  private volatile boolean valid;

  /** Whether END 7 gathers the escalations of the others. Changed by firmware, under its lock. */
  private boolean gathering;

  @SuppressWarnings("unused") // accessed through IPB
  private int ipb;

  @SuppressWarnings("unused") // accessed through DISPATCHED
  private Tima dispatched;

  Nvt(int vp) {
    this.vp = vp;
    this.lifetime = new Lifetime(() -> "VP 0x" + Integer.toHexString(vp));
  }

  /** Returns its number. */
  public int vp() {
    return vp;
  }

  /** Returns its CAM: block 0, and the number as index. */
  public int cam() {
    return vp;
  }

  /** Returns the index of its first END; the one of priority p is p further. */
  public int endBase() {
    return vp << 3;
  }

  /** Returns whether the VP is enabled; events for one that is not are dropped. */
  public boolean isValid() {
    Schedule.reads(this);
    return valid;
  }

  /** Returns the IPB saved while it was not dispatched. */
  public int savedIpb() {
    Schedule.reads(this);
    return (int) IPB.getVolatile(this);
  }

  /** Returns the TIMA on which it is dispatched, or null. */
  public Tima dispatchedOn() {
    Schedule.reads(this);
    return (Tima) DISPATCHED.getVolatile(this);
  }

  /** Ends when the firmware frees its block. */
  public Lifetime lifetime() {
    return lifetime;
  }

  void setValid(boolean valid) {
    Schedule.writes(this);
    this.valid = valid;
  }

  boolean isGathering() {
    Schedule.reads(this);
    return gathering;
  }

  void setGathering(boolean gathering) {
    Schedule.writes(this);
    this.gathering = gathering;
  }

  private int validCam() {
    return vp | CamWord.VO.mask();
  }

  // ---- the presentation engine

  /**
   * Delivers an event.
   *
   * @param bits one bit as in IPB
   * @param backlog whether to keep it when the VP is not dispatched
   * @return {@link #MISSED}, {@link #DELIVERED}, or {@link #RAISED} when the line of the TIMA went
   *     up: then {@link #signal} is due
   */
  int notify(int bits, boolean backlog) {
    lifetime.check();
    Schedule.point(PointKind.HARDWARE, this);
    Tima tima;
    while ((tima = dispatchedOn()) != null) {
      int result = tima.merge(validCam(), bits);
      if (result != MISSED) {
        return result;
      }
    }
    if (!backlog) {
      return MISSED;
    }
    IPB.getAndBitwiseOr(this, bits);
    Schedule.point(PointKind.HARDWARE, this);
    while ((tima = dispatchedOn()) != null) {
      int taken = takeIpb();
      if (taken == 0) {
        return DELIVERED; // the push, or another event's notification, has merged it
      }
      int result = tima.merge(validCam(), taken);
      if (result != MISSED) {
        return result;
      }
      Schedule.writes(this);
      IPB.getAndBitwiseOr(this, taken);
    }
    return MISSED;
  }

  /** Tells the processor, if its line is (still) up. */
  void signal() {
    Tima tima = dispatchedOn();
    if (tima != null) {
      tima.signal();
    }
  }

  /** Takes what was saved. */
  int takeIpb() {
    Schedule.writes(this);
    return (int) IPB.getAndSet(this, 0);
  }

  void dispatchOn(Tima tima) {
    Schedule.writes(this);
    DISPATCHED.setVolatile(this, tima);
  }

  void undispatchFrom(Tima tima) {
    Schedule.writes(this);
    DISPATCHED.compareAndSet(this, tima, null);
  }

  @Override
  public String toString() {
    return lifetime.toString();
  }
}
