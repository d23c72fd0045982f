package org.xivebench.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.xivebench.sync.EntryGate;
import org.xivebench.sync.LockClass;
import org.xivebench.sync.Mutex;

/**
 * Nanoseconds per empty guest entry: what the gate adds.
 *
 * <ul>
 *   <li>{@code emptyEntry}: the vCPU's mutex is taken, the gate passed and left, and the mutex
 *       given back;
 *   <li>{@code emptyEntryWithoutGate}: the mutex alone. The difference is what the gate costs.
 * </ul>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(5)
@State(Scope.Thread)
public class GateBenchmark {
  private final Mutex mutex = new Mutex(LockClass.of("vcpu->mutex", 30), "vcpu0->mutex");
  private final EntryGate gate = new EntryGate("mmu_ready");
  private final EntryGate.Slot slot = gate.newSlot("vcpu0");

  /** With the gate. */
  @Benchmark
  public boolean emptyEntry() {
    mutex.lock();
    boolean inside = gate.tryEnter(slot);
    gate.leave(slot);
    mutex.unlock();
    return inside;
  }

  /** Without it. */
  @Benchmark
  public boolean emptyEntryWithoutGate() {
    mutex.lock();
    mutex.unlock();
    return true;
  }
}
