package org.xivebench.kvm;

import java.util.ArrayDeque;
import java.util.Deque;
import org.xivebench.sync.TaskLocal;

/**
 * Work that a thread does when it leaves the scopes in which it must not: the kernel's task work. A
 * thread enters a scope when it takes a {@code Vcpu.mutex} or opens a read section, and leaves it
 * when it gives it back; work that comes up meanwhile, such as the release of a device whose last
 * reference it dropped, runs when the outermost scope has been left.
 */
public final class TaskWork {
  private static final TaskLocal<TaskWork> CURRENT = new TaskLocal<>(TaskWork::new);

  private final Deque<Runnable> pending = new ArrayDeque<>();
  private int depth;

  private TaskWork() {}

  /** Runs the work now, or when the calling thread has left its outermost scope. */
  public static void runOutsideScopes(Runnable work) {
    TaskWork own = CURRENT.get();
    if (own.depth == 0) {
      work.run();
    } else {
      own.pending.add(work);
    }
  }

  static void enterScope() {
    CURRENT.get().depth++;
  }

  /** Leaves a scope; the lock or section that it stands for has been given back. */
  static void leaveScope() {
    TaskWork own = CURRENT.get();
    own.depth--;
    while (own.depth == 0 && !own.pending.isEmpty()) {
      own.pending.poll().run();
    }
  }
}
