package org.xivebench.replay.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.RunException;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.InputException;
import org.xivebench.replay.conformance.Step.Difference;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.Xive;

/**
 * Runs conformance files: makes the machine that a file's header asks for, does one operation after
 * the other, and compares each result.
 *
 * <p>What does not count on an in-kernel device: LSMFB, ACK#, INC and AGE of an 8-byte load of the
 * OS ring, which are constants in QEMU; and MFRR from H_IPOLL, which KVM does not give.
 */
public final class ScenarioRunner {
  private static final int LINES_BEFORE = 3;
  private static final int MISMATCHES_KEPT = 10;

  private final Function<IrqType, DeviceType> deviceTypes;
  private final Quirks quirks;
  private final boolean keepGoing;

  /**
   * @param deviceTypes gives the in-kernel device for a mode; asked when a file needs one
   * @param quirks of the emulated controllers
   * @param keepGoing whether a file is run to its end after a mismatch
   */
  public ScenarioRunner(
      Function<IrqType, DeviceType> deviceTypes, Quirks quirks, boolean keepGoing) {
    this.deviceTypes = deviceTypes;
    this.quirks = quirks;
    this.keepGoing = keepGoing;
  }

  /**
   * Runs a file.
   *
   * @param irqchip where the controller is; null for what the file was made for
   * @throws InputException if the file cannot be read or is damaged
   */
  public ScenarioResult run(Path file, Irqchip irqchip) throws IOException {
    return run(file, irqchip, header -> Watcher.NONE);
  }

  /** Runs a file under the eyes of somebody. */
  ScenarioResult run(Path file, Irqchip irqchip, WatcherMaker watchers) throws IOException {
    Irqchip chosen = irqchip == null ? Irqchip.of(file) : irqchip;
    try (ScenarioReader reader = new ScenarioReader(file)) {
      Watcher watcher = watchers.watch(reader.header());
      return run(file, reader, chosen, watcher);
    }
  }

  private ScenarioResult run(Path file, ScenarioReader reader, Irqchip chosen, Watcher watcher)
      throws IOException {
    try (Machine machine = machineFor(file, reader.header(), chosen);
        Run run = new Run(machine, chosen)) {
      Deque<String> before = new ArrayDeque<>();
      List<Mismatch> mismatches = new ArrayList<>();
      long mismatchCount = 0;
      Operation operation;
      while ((operation = reader.next()) != null) {
        Difference difference;
        try {
          difference = run.perform(operation);
        } catch (Operation.BadLine e) {
          throw reader.at(operation, e);
        }
        if (difference == null) {
          watcher.agreed(operation);
        } else {
          watcher.differed(operation, difference);
          mismatchCount++;
          if (mismatches.size() < MISMATCHES_KEPT) {
            mismatches.add(
                new Mismatch(
                    operation.line(),
                    operation.text(),
                    difference.expected(),
                    difference.got(),
                    List.copyOf(before)));
          }
          if (!keepGoing) {
            break;
          }
        }
        if (before.size() == LINES_BEFORE) {
          before.removeFirst();
        }
        before.addLast(operation.text());
      }
      return new ScenarioResult(
          file, reader.header().name(), chosen, reader.operationCount(), mismatchCount, mismatches);
    }
  }

  /** Makes the machine that a header asks for. */
  Machine machineFor(Path file, ScenarioHeader header, Irqchip irqchip) throws InputException {
    try {
      MachineConfig config =
          new MachineConfig(
              header.servers(),
              InterruptMap.of(header.ipiCount(), header.lsis(), header.msis()),
              header.mode(),
              VmConfig.DEFAULT.withMemoryBytes((long) header.memoryMebibytes() << 20),
              quirks);
      if (irqchip == Irqchip.EMULATED) {
        return Machine.emulated(config);
      }
      // The files use seven priorities of one vCPU: single escalation would take one of them.
      Xive host = new Xive.Builder().singleEscalation(false).build();
      return Machine.inKernel(config, host, deviceTypes);
    } catch (IllegalArgumentException e) {
      throw new InputException(file, "line 1", e.getMessage(), e);
    } catch (ErrnoException e) {
      throw new InputException(
          file, "line 1", "no machine can be made as the header says: " + e.getMessage(), e);
    }
  }

  /** Makes who watches a file, when its header has been read; may refuse the file by it. */
  interface WatcherMaker {
    Watcher watch(ScenarioHeader header) throws InputException;
  }

  /** Sees what is done, as it is done. */
  interface Watcher {
    Watcher NONE = new Watcher() {};

    /** An operation gave what was recorded. */
    default void agreed(Operation operation) {}

    /** An operation gave something else. */
    default void differed(Operation operation, Difference difference) {}
  }

  /** A file being run. */
  static final class Run implements AutoCloseable {
    private final Machine machine;
    private final Irqchip irqchip;
    private final StepMaker steps;
    private GuestCpus cpus;

    Run(Machine machine, Irqchip irqchip) {
      this.machine = machine;
      this.irqchip = irqchip;
      this.steps = new StepMaker(machine, irqchip);
      this.cpus = startCpus();
    }

    private GuestCpus startCpus() {
      return irqchip == Irqchip.IN_KERNEL ? new ThreadedCpus(machine) : new InlineCpus(machine);
    }

    @Override
    public void close() {
      cpus.close();
    }

    /** Does an operation. Returns null if its result is as recorded. */
    Difference perform(Operation operation) {
      return perform(steps.make(operation));
    }

    /** Does what was made of an operation: null, of a comment, is nothing to do. */
    Difference perform(Step step) {
      try {
        if (step instanceof Step.OfCpu ofCpu) {
          return cpus.on(ofCpu.cpu(), ofCpu.work());
        }
        if (step instanceof Step.OfMachine ofMachine) {
          return ofMachine.work().run();
        }
        if (step instanceof Step.Negotiation negotiation) {
          return negotiate(negotiation);
        }
        return null;
      } catch (ErrnoException | RunException e) {
        return new Difference(Answer.ofCode("no error"), Answer.ofCode(e.getMessage()));
      }
    }

    private Difference negotiate(Step.Negotiation negotiation) throws ErrnoException {
      // The controller may be changed: that is for stopped vCPUs.
      cpus.close();
      long code;
      try {
        code = machine.negotiateXive();
      } finally {
        cpus = startCpus();
      }
      return Difference.of(
          Answer.ofCode(negotiation.expected()), Answer.ofCode(CallNames.ofCode(code)));
    }
  }
}
