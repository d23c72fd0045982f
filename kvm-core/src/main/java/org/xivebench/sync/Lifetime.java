package org.xivebench.sync;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * The life of an object that the kernel would free. Java has no dangling pointers, so the model
 * makes them: whoever uses the object calls {@link #check} first, and gets {@link UseAfterFree}
 * when it came too late.
 *
 * <p>{@code check} is one opaque read and a branch, and stays on in normal runs.
 */
public final class Lifetime {
  private static final VarHandle FREED;
  private static final List<UseAfterFree> REPORTS = new CopyOnWriteArrayList<>();

  static {
    try {
      FREED = MethodHandles.lookup().findVarHandle(Lifetime.class, "freed", Freed.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Supplier<String> name;

  @SuppressWarnings("unused") // accessed through FREED
  private Freed freed;

  /** Who freed it, and where: the exception is a record of the stack; null in an explored run. */
  private record Freed(String by, String reason, Throwable at) {
    @Override
    public String toString() {
      return by + " (" + reason + ")";
    }
  }

  /**
   * @param name how reports name the object; asked for only when one is made
   */
  public Lifetime(Supplier<String> name) {
    this.name = name;
  }

  /**
   * Says that the object is about to be used.
   *
   * @throws UseAfterFree if it has been freed; the report is also kept
   */
  public void check() {
    Schedule.point(PointKind.USE, this);
    Freed end = (Freed) FREED.getOpaque(this);
    if (end != null) {
      throw report(end, false);
    }
  }

  /**
   * Returns whether the object has not been freed: for assertions, not for deciding whether to use
   * it.
   */
  public boolean isLive() {
    return FREED.getOpaque(this) == null;
  }

  /**
   * Frees the object.
   *
   * @param reason what it is freed for, such as {@code vCPU cleanup}
   * @throws UseAfterFree if it has been freed before
   */
  public void free(String reason) {
    Schedule.point(PointKind.FREE, this);
    // An explored run tells by its schedule where it was freed; a stack for each would be slow.
    Throwable at = Schedule.isExplored() ? null : new Throwable("freed here");
    Freed mine = new Freed(Thread.currentThread().getName(), reason, at);
    Freed earlier = (Freed) FREED.compareAndExchange(this, null, mine);
    if (earlier != null) {
      throw report(earlier, true);
    }
  }

  private UseAfterFree report(Freed end, boolean doubleFree) {
    UseAfterFree report =
        new UseAfterFree(
            name.get(), end.toString(), Thread.currentThread().getName(), end.at(), doubleFree);
    REPORTS.add(report);
    UseAfterFreeEvent.commit(report);
    return report;
  }

  /** Returns every use after free since the start or the last {@link #resetReports}. */
  public static List<UseAfterFree> reports() {
    return List.copyOf(REPORTS);
  }

  /** Forgets all reports. */
  public static void resetReports() {
    REPORTS.clear();
  }

  @Override
  public String toString() {
    return name.get();
  }
}
