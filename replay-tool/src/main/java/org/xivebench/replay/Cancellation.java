package org.xivebench.replay;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;

/**
 * The user's wish that a long job ends early with what it has so far. Asked by the job between two
 * pieces of work; a job that waits registers an action that wakes it.
 */
public final class Cancellation {
  @GuardedBy("this")
  private final List<Runnable> actions = new ArrayList<>();

  private volatile boolean requested;

  /** Whether the job should end. Once true, always true. */
  public boolean isRequested() {
    return requested;
  }

  /**
   * Runs an action once when cancellation is requested, at once if it has been. It runs on the
   * thread that makes the request, must not block and must not throw.
   */
  public void onRequest(Runnable action) {
    synchronized (this) {
      if (!requested) {
        actions.add(action);
        return;
      }
    }
    action.run();
  }

  /** Requests the end of the job. Further requests do nothing. */
  public void request() {
    List<Runnable> due;
    synchronized (this) {
      requested = true;
      due = List.copyOf(actions);
      actions.clear();
    }
    due.forEach(Runnable::run);
  }
}
