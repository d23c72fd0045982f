package org.xivebench.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Nanoseconds per interrupt of a XICS guest, whole: guest operations, hypercalls of the device,
 * hardware. The guest stays in for {@value #BATCH} interrupts at a time.
 *
 * <ul>
 *   <li>{@code xicsIpi}: an IPI to oneself: H_IPI, H_XIRR, H_IPI 0xff, H_EOI;
 *   <li>{@code xicsIpiTwoThreads}: the same in two VMs, each on a thread and a host of its own;
 *   <li>{@code xicsMsi}: KVM_IRQ_LINE, H_XIRR, H_EOI;
 *   <li>{@code …Floor}: the same duties in straight code.
 * </ul>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(5)
public class XicsBenchmark {
  static final int BATCH = 4096;

  /** A guest of its own. */
  @State(Scope.Thread)
  public static class PerThread {
    final XicsGuest guest = new XicsGuest(BATCH);
    final XicsFloor floor = new XicsFloor();
  }

  /** The device. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void xicsIpi(PerThread state) {
    state.guest.handleIpis();
  }

  /** Two guests, each on a thread of its own. */
  @Benchmark
  @Threads(2)
  @OperationsPerInvocation(BATCH)
  public void xicsIpiTwoThreads(PerThread state) {
    state.guest.handleIpis();
  }

  /** Straight code. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void xicsIpiFloor(PerThread state, Blackhole sink) {
    for (int i = 0; i < BATCH; i++) {
      sink.consume(state.floor.handleIpi());
    }
  }

  /** The device. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void xicsMsi(PerThread state) {
    state.guest.handleMsis();
  }

  /** Straight code. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void xicsMsiFloor(PerThread state, Blackhole sink) {
    for (int i = 0; i < BATCH; i++) {
      sink.consume(state.floor.handleMsi());
    }
  }
}
