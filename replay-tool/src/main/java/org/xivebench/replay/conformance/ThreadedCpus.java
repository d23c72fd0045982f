package org.xivebench.replay.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.function.Function;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.Vcpu;
import org.xivebench.replay.vmm.Machine;

/**
 * vCPUs that stay in the guest, each on a thread of its own, so that each has its context pushed
 * all the time. One works at a time; the others wait for their next operation.
 */
final class ThreadedCpus implements GuestCpus {
  private final Machine machine;
  private final List<Runner> runners = new ArrayList<>();
  private final SynchronousQueue<Answer> answers = new SynchronousQueue<>();

  /** What came out of an operation: a value, or what was thrown. */
  private record Answer(Object value, Throwable thrown) {}

  /** Lets every vCPU enter the guest. */
  ThreadedCpus(Machine machine) {
    this.machine = machine;
    for (Vcpu vcpu : machine.vm().vcpus()) {
      Runner runner = new Runner(vcpu);
      runners.add(runner);
      runner.start();
      // The first operation returns when the context is pushed.
      on(runners.size() - 1, cpu -> cpu.vcpu());
    }
  }

  private final class Runner extends Thread {
    private final Vcpu vcpu;
    private final SynchronousQueue<Function<GuestCpu, ?>> requests = new SynchronousQueue<>();
    private volatile boolean stopping;

    Runner(Vcpu vcpu) {
      super("conformance-" + vcpu);
      this.vcpu = vcpu;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        boolean unusedEnded = vcpu.run(this::serve, machine);
      } catch (Throwable e) {
        failed(e);
      }
    }

    private void serve(GuestCpu cpu) {
      while (true) {
        Function<GuestCpu, ?> request = take(requests);
        if (stopping) {
          return;
        }
        Answer answer;
        try {
          answer = new Answer(request.apply(cpu), null);
        } catch (Throwable e) {
          answer = new Answer(null, e);
        }
        put(answers, answer);
      }
    }

    /** Entry or exit failed: whoever asks from now on is told. */
    private void failed(Throwable e) {
      while (!stopping) {
        Function<GuestCpu, ?> unusedRequest = take(requests);
        if (!stopping) {
          put(answers, new Answer(null, e));
        }
      }
    }
  }

  @Override
  @SuppressWarnings("unchecked") // the answer is what the same request returned
  public <T> T on(int cpu, Function<GuestCpu, T> operation) {
    put(runners.get(cpu).requests, operation);
    Answer answer = take(answers);
    if (answer.thrown() instanceof RuntimeException e) {
      throw e;
    }
    if (answer.thrown() instanceof Error e) {
      throw e;
    }
    return (T) answer.value();
  }

  @Override
  public void close() {
    for (Runner runner : runners) {
      runner.stopping = true;
      put(runner.requests, cpu -> null);
    }
    for (Runner runner : runners) {
      try {
        runner.join();
      } catch (InterruptedException e) {
        throw new AssertionError("nobody interrupts this thread", e);
      }
    }
  }

  private static <T> void put(SynchronousQueue<T> queue, T item) {
    try {
      queue.put(item);
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts this thread", e);
    }
  }

  private static <T> T take(SynchronousQueue<T> queue) {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts this thread", e);
    }
  }
}
