package org.xivebench.benchmarks;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.xivebench.kvm.GuestMemory;
import org.xivebench.xive.Xive;

/**
 * Nanoseconds per interrupt.
 *
 * <ul>
 *   <li>{@code deliveredTrigger}: PQ, EAS, queue entry, NVT, IPB; {@value #BATCH} sources of one
 *       vCPU in turn, so that each finds PQ 00; the line goes up with the first;
 *   <li>{@code roundTrip}: one source: trigger → queue → notify → line → acknowledge → read queue →
 *       EOI → CPPR;
 *   <li>{@code …Floor}: the same duties in straight code;
 *   <li>{@code roundTripTwoThreads}: two vCPUs of one host, each on a thread with a source of its
 *       own; time per interrupt and thread.
 * </ul>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(5)
public class InterruptBenchmark {
  static final int BATCH = 1024;

  /** One host for all threads. */
  @State(Scope.Benchmark)
  public static class Host {
    final Xive xive = new Xive.Builder().build();
    final int vpBase = xive.opal().allocateVpBlock(3);
    final GuestMemory memory = new GuestMemory(1 << 20);
    final AtomicInteger vcpus = new AtomicInteger();
  }

  /** A vCPU and a source for each thread. */
  @State(Scope.Thread)
  public static class PerThread {
    Guest guest;
    Floor floor;

    /** Takes the next vCPU. */
    @Setup
    public void setUp(Host host) {
      int number = host.vcpus.getAndIncrement();
      guest = new Guest(host.xive, host.vpBase, host.memory, number, 1);
      floor = new Floor(new GuestMemory(1 << 20), number, 1);
    }
  }

  /** Many sources of one vCPU, made ready before each batch. */
  @State(Scope.Thread)
  public static class Batch {
    Guest guest;
    Floor floor;

    /** Sets up the sources. */
    @Setup
    public void setUp(Host host) {
      int number = host.vcpus.getAndIncrement();
      guest = new Guest(host.xive, host.vpBase, host.memory, number, BATCH);
      floor = new Floor(new GuestMemory(1 << 20), number, BATCH);
    }

    /** Sets each PQ to 00, outside of what is measured. */
    @Setup(Level.Invocation)
    public void rearm() {
      guest.rearm();
      floor.rearm();
    }
  }

  /** The model. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void deliveredTrigger(Batch state) {
    for (int i = 0; i < BATCH; i++) {
      state.guest.trigger(i);
    }
  }

  /** Straight code. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void deliveredTriggerFloor(Batch state) {
    for (int i = 0; i < BATCH; i++) {
      state.floor.trigger(i);
    }
  }

  /** The model. */
  @Benchmark
  public int roundTrip(PerThread state) {
    state.guest.trigger(0);
    return state.guest.handle();
  }

  /** Straight code. */
  @Benchmark
  public int roundTripFloor(PerThread state) {
    state.floor.trigger(0);
    return state.floor.handle();
  }

  /** The model, two threads on different sources and vCPUs of one host. */
  @Benchmark
  @Threads(2)
  public int roundTripTwoThreads(PerThread state) {
    state.guest.trigger(0);
    return state.guest.handle();
  }
}
