package org.xivebench.replay.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.replay.conformance.ScenarioText.LSI;
import static org.xivebench.replay.conformance.ScenarioText.LSI_COUNT;
import static org.xivebench.replay.conformance.ScenarioText.MSI;
import static org.xivebench.replay.conformance.ScenarioText.MSI_COUNT;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.InterruptMode;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.replay.vmm.RtasToken;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Quirks;

/**
 * Random XICS guests, answered by the emulated controller, which is held to QEMU's recorded answers
 * elsewhere: every difference of the in-kernel device must be of a kind that is known.
 */
final class RandomScenarioTest {
  private static final int SCENARIOS = 100;
  private static final int OPERATIONS = 150;
  private static final int VCPUS = 2;
  private static final int[] CPPRS = {0, 1, 3, 5, 6, 0xff, 0xff, 0xff};

  @TempDir Path folder;

  /** Makes up operations, does them on the emulated controller, and writes down what it gave. */
  private static final class RandomGuest {
    private final Random random;
    private final ScenarioText text = new ScenarioText(VCPUS);
    private final Machine machine;
    private final GuestCpus cpus;

    /** One priority, sources that stay where they are, an EOI for what was accepted. */
    private final boolean tidy;

    private final List<Deque<Long>> accepted = List.of(new ArrayDeque<>(), new ArrayDeque<>());

    RandomGuest(long seed) {
      random = new Random(seed);
      tidy = seed % 2 == 0;
      List<Integer> lsis = IntStream.range(LSI, LSI + LSI_COUNT).boxed().toList();
      List<Integer> msis = IntStream.range(MSI, MSI + MSI_COUNT).boxed().toList();
      machine =
          Machine.emulated(
              new MachineConfig(
                  IntStream.range(0, VCPUS).boxed().toList(),
                  InterruptMap.of(VCPUS, lsis, msis),
                  InterruptMode.XICS,
                  VmConfig.DEFAULT.withMemoryBytes(1 << 20),
                  Quirks.QEMU_7_2));
      cpus = new InlineCpus(machine);
    }

    ScenarioText write() throws ErrnoException {
      for (int cpu = 0; cpu < VCPUS; cpu++) {
        hcall(cpu, Hcall.H_CPPR, 0xff);
      }
      for (int i = 0; i < MSI_COUNT; i++) {
        rtas(0, RtasToken.SET_XIVE, MSI + i, random.nextInt(VCPUS), priority());
      }
      for (int i = 0; i < LSI_COUNT; i++) {
        rtas(0, RtasToken.SET_XIVE, LSI + i, random.nextInt(VCPUS), priority());
      }
      for (int i = 0; i < OPERATIONS; i++) {
        step(random.nextInt(VCPUS));
      }
      machine.close();
      return text;
    }

    private int priority() {
      return tidy ? 5 : 1 + random.nextInt(6);
    }

    private int lsi() {
      return LSI + random.nextInt(LSI_COUNT);
    }

    private int source() {
      return random.nextInt(3) == 0 ? lsi() : MSI + random.nextInt(MSI_COUNT);
    }

    private void step(int cpu) throws ErrnoException {
      switch (random.nextInt(tidy ? 12 : 17)) {
        case 0, 1 -> msi(MSI + random.nextInt(MSI_COUNT));
        case 2 -> line(lsi(), random.nextInt(2));
        case 3, 4 -> accept(cpu);
        case 5, 6, 7 -> end(cpu);
        case 8 -> hcall(cpu, Hcall.H_IPOLL, random.nextInt(VCPUS));
        case 9 -> text.probe(cpu, cpus.on(cpu, machine::externalInterrupt) ? 1 : 0);
        case 10 -> hcall(cpu, Hcall.H_IPI, random.nextInt(VCPUS), 4);
        case 11 -> hcall(cpu, Hcall.H_IPI, cpu, 0xff);
        case 12 -> hcall(cpu, Hcall.H_CPPR, CPPRS[random.nextInt(CPPRS.length)]);
        case 13 -> rtas(cpu, RtasToken.SET_XIVE, source(), random.nextInt(VCPUS), priority());
        case 14 -> rtas(cpu, RtasToken.INT_OFF, source());
        case 15 -> rtas(cpu, RtasToken.INT_ON, source());
        default -> rtas(cpu, RtasToken.GET_XIVE, source());
      }
    }

    private void msi(int number) throws ErrnoException {
      text.msi(number);
      machine.sendMsi(machine.interrupts().source(number));
    }

    private void line(int number, int level) throws ErrnoException {
      text.line(number, level);
      machine.driveLine(machine.interrupts().source(number), level == 1);
    }

    private void accept(int cpu) {
      long xirr = hcall(cpu, Hcall.H_XIRR, 0);
      if ((xirr & 0xff_ffff) != 0) {
        accepted.get(cpu).push(xirr);
      }
    }

    private void end(int cpu) {
      if (!accepted.get(cpu).isEmpty()) {
        hcall(cpu, Hcall.H_EOI, accepted.get(cpu).pop());
      }
    }

    private long hcall(int cpu, int opcode, long... arguments) {
      text.hcall(cpu, Hcall.nameOf(opcode), arguments);
      long second = arguments.length > 1 ? arguments[1] : 0;
      return cpus.on(
          cpu,
          guest -> {
            long code = guest.hcall(opcode, arguments[0], second);
            assertEquals(Hcall.H_SUCCESS, code);
            long first = guest.vcpu().gpr(4);
            switch (opcode) {
              case Hcall.H_XIRR -> text.gives(first);
              case Hcall.H_IPOLL -> text.gives(first, guest.vcpu().gpr(5));
              default -> {}
            }
            return first;
          });
    }

    private void rtas(int cpu, RtasToken call, int... arguments) {
      int[] returns = new int[call == RtasToken.GET_XIVE ? 3 : 1];
      long unusedCode = cpus.on(cpu, guest -> guest.rtas(call.number(), arguments, returns));
      text.rtas(
          cpu, call.rtasName(), returns.length, IntStream.of(arguments).asLongStream().toArray());
      if (returns[0] != 0) {
        text.fails(returns[0]);
      } else {
        text.gives(IntStream.of(returns).skip(1).asLongStream().toArray());
      }
    }
  }

  @Test
  void run_ofRandomGuests_explainsEveryDifference() throws IOException, ErrnoException {
    Differences differences = new Differences(mode -> new XicsDeviceType());
    for (long seed = 1; seed <= SCENARIOS; seed++) {
      Path file = new RandomGuest(seed).write().write(folder.resolve("seed-" + seed + ".jsonl"));
      ScenarioResult emulated =
          new ScenarioRunner(
                  mode -> {
                    throw new AssertionError("no in-kernel device is needed");
                  },
                  Quirks.QEMU_7_2,
                  false)
              .run(file, null);
      assertTrue(emulated.passed(), () -> "not repeatable: " + emulated.mismatches());
      differences.run(file);
    }
    List<String> unexplained =
        differences.of(DifferenceKind.UNEXPLAINED).stream()
            .map(result -> result.file().getFileName() + " " + result.mismatches().get(0))
            .toList();
    assertEquals(List.of(), unexplained);
    assertEquals(SCENARIOS, differences.fileCount());
    assertTrue(differences.kinds().size() > 5, "kinds: " + differences.kinds());
  }
}
