package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.engine.Law;
import org.xivebench.replay.engine.LiveConfig;
import org.xivebench.replay.engine.LiveMachine;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.Traffic;
import org.xivebench.replay.shell.Shell;
import org.xivebench.sync.Lifetime;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A VM that runs, and commands to swap, look and break. */
@Command(
    name = "shell",
    description = {
      "Work with a VM that runs: swap, read debugfs, inject, stop and update backends.",
      "%nReads commands from the terminal, or from standard input: 'help' lists them. At the end"
          + " every interrupt is accounted for.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing found",
      "1:a command of a script failed, interrupts were lost or invented, or something was reported",
      "2:wrong usage"
    })
final class ShellCommand implements Callable<Integer> {
  private static final long TRAFFIC_PAUSE_MICROS = 5_000;

  private final CommandContext context;

  @Mixin private MachineOptions machine = new MachineOptions(2);

  ShellCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    int vcpus = machine.vcpus();
    PrintStream out = context.out();
    Lifetime.resetReports();
    try (Backends backends = new Backends(context.bundles())) {
      DeviceType first = machine.first(backends.all());
      LiveMachine live = LiveMachine.start(LiveConfig.of(vcpus, machine.config()), first);
      Traffic traffic = Traffic.start(live, TRAFFIC_PAUSE_MICROS);
      Backends.Attendance attendance =
          backends.attend(live.swapper(), failure -> out.println("! " + failure.getMessage()));
      boolean allDone;
      try {
        allDone = read(new Shell(live, traffic, backends::all, context.bundles(), out));
      } finally {
        attendance.close();
        traffic.end();
      }
      return report(live.end(), out) && allDone ? ExitCode.OK : ExitCode.FOUND;
    } catch (ReplayException e) {
      throw new UsageException(e.getMessage());
    }
  }

  /** Returns whether every command of a script could be done; a person has seen what could not. */
  private boolean read(Shell shell) throws IOException {
    boolean person = Terminal.inIsTerminal() && context.terminal().outIsTerminal();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    ShellLines lines = person ? ShellLines.prompting(in, context.out()) : ShellLines.of(in);
    boolean allDone = true;
    for (String line = lines.next();
        line != null && !context.cancellation().isRequested();
        line = lines.next()) {
      Shell.Outcome outcome = shell.execute(line);
      if (outcome == Shell.Outcome.QUIT) {
        break;
      }
      allDone &= outcome == Shell.Outcome.DONE;
    }
    return person || allDone;
  }

  /** Returns whether nothing was found. */
  private static boolean report(LiveMachine.Result result, PrintStream out) {
    Law law = result.law();
    out.printf(
        "triggered %d, delivered %d, coalesced %d, dropped %d, pending %d, lost %d, invented %d%n",
        law.triggered(),
        law.delivered(),
        law.coalesced(),
        law.dropped(),
        law.pending(),
        law.lost(),
        law.invented());
    List<String> useAfterFree = Lifetime.reports().stream().map(Object::toString).toList();
    for (List<String> lines :
        List.of(law.broken(), result.stuck(), result.problems(), useAfterFree)) {
      lines.forEach(line -> out.println("! " + line));
    }
    return law.holds()
        && result.stuck().isEmpty()
        && result.problems().isEmpty()
        && useAfterFree.isEmpty();
  }
}
