package org.xivebench.replay.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.replay.InputException;
import org.xivebench.replay.conformance.Step.Difference;
import org.xivebench.replay.vmm.Machine;

/**
 * Times the operations of a conformance file on our models. As in the guest of QEMU, operations
 * have been read before, and a vCPU does those that follow each other in one go. What is timed is
 * that, with the comparison of results; not the way from one vCPU to the next, nor negotiation and
 * the emptying of queues.
 */
final class ScenarioTimer {
  private static final int EMPTY_STEPS = 100_000;

  private final ScenarioRunner runner;
  private final Irqchip irqchip;

  /**
   * Steps that one vCPU does, and devices and memory meanwhile; or a negotiation.
   *
   * @param negotiation null if it is none
   */
  private record Batch(int cpu, List<TimedStep> steps, Step.Negotiation negotiation) {
    static Batch of(int cpu) {
      return new Batch(cpu, new ArrayList<>(), null);
    }
  }

  /**
   * A step.
   *
   * @param counts whether its time counts
   */
  private record TimedStep(Step step, boolean counts) {}

  /**
   * What came of a file that was run once.
   *
   * @param nanos that the operations took
   * @param emptyNanos that an operation takes which does nothing
   * @param mismatchCount how many answers were not as recorded
   */
  record Round(double nanos, double emptyNanos, long mismatchCount) {}

  ScenarioTimer(ScenarioRunner runner, Irqchip irqchip) {
    this.runner = runner;
    this.irqchip = irqchip;
  }

  /**
   * Does a file's operations on a new machine.
   *
   * @throws InputException if one of them makes no sense
   */
  Round round(Path file, ScenarioReader reader, List<Operation> operations) throws IOException {
    try (Machine machine = runner.machineFor(file, reader.header(), irqchip);
        ScenarioRunner.Run run = new ScenarioRunner.Run(machine, irqchip)) {
      TimedRun timed = new TimedRun(run);
      TimedRun empty = new TimedRun(run);
      Step nothing = new Step.OfCpu(0, cpu -> null);
      empty.perform(
          new Batch(0, Collections.nCopies(EMPTY_STEPS, new TimedStep(nothing, true)), null));
      for (Batch batch : batches(new StepMaker(machine, irqchip), reader, operations)) {
        if (batch.negotiation() == null) {
          timed.perform(batch);
        } else {
          timed.negotiate(batch.negotiation());
        }
      }
      return new Round(timed.nanos, (double) empty.nanos / EMPTY_STEPS, timed.mismatchCount);
    }
  }

  private static List<Batch> batches(
      StepMaker maker, ScenarioReader reader, List<Operation> operations) throws InputException {
    List<Batch> batches = new ArrayList<>();
    Batch batch = Batch.of(0);
    batches.add(batch);
    for (Operation operation : operations) {
      Step step;
      try {
        step = maker.make(operation);
      } catch (Operation.BadLine e) {
        throw reader.at(operation, e);
      }
      if (step == null) {
        continue;
      }
      if (step instanceof Step.Negotiation negotiation) {
        batches.add(new Batch(batch.cpu(), List.of(), negotiation));
        batch = Batch.of(batch.cpu());
        batches.add(batch);
        continue;
      }
      if (step instanceof Step.OfCpu ofCpu && ofCpu.cpu() != batch.cpu()) {
        batch = Batch.of(ofCpu.cpu());
        batches.add(batch);
      }
      batch.steps().add(new TimedStep(step, counts(operation)));
    }
    return batches;
  }

  /** Whether an operation is work of the interrupt controller. */
  static boolean counts(Operation operation) {
    return !List.of("cas", "eq_clear", "note").contains(operation.name());
  }

  /** The time of a run. */
  private static final class TimedRun {
    private final ScenarioRunner.Run run;
    private long nanos;
    private long mismatchCount;

    TimedRun(ScenarioRunner.Run run) {
      this.run = run;
    }

    void negotiate(Step.Negotiation negotiation) {
      count(run.perform(negotiation));
    }

    /** What a step throws ends the batch, and counts as one mismatch. */
    void perform(Batch batch) {
      count(run.perform(new Step.OfCpu(batch.cpu(), cpu -> all(batch.steps(), cpu))));
    }

    private Difference all(List<TimedStep> steps, GuestCpu cpu) {
      long begin = System.nanoTime();
      for (TimedStep timed : steps) {
        if (timed.counts()) {
          count(one(timed.step(), cpu));
        } else {
          long start = System.nanoTime();
          count(one(timed.step(), cpu));
          nanos -= System.nanoTime() - start;
        }
      }
      nanos += System.nanoTime() - begin;
      return null;
    }

    private static Difference one(Step step, GuestCpu cpu) {
      if (step instanceof Step.OfCpu ofCpu) {
        return ofCpu.work().apply(cpu);
      }
      try {
        return ((Step.OfMachine) step).work().run();
      } catch (ErrnoException e) {
        return new Difference(Answer.ofCode("no error"), Answer.ofCode(e.getMessage()));
      }
    }

    private void count(Difference difference) {
      mismatchCount += difference == null ? 0 : 1;
    }
  }
}
