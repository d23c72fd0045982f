package org.xivebench.replay.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line as a whole: what {@code xivebench --help} describes. */
@Command(
    name = "xivebench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "A test bench for the interrupt-controller devices that KVM gives a POWER9 guest: replays"
            + " recorded guests through XIVE-native and XICS-on-XIVE, swaps one for the other under"
            + " running vCPUs, and explores what breaks when a safeguard of their release is"
            + " missing.",
    footer = {"", "'xivebench help COMMAND' describes a command."},
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a check failed, or something was found",
      "2:wrong usage",
      "3:an input cannot be read or is damaged",
      "4:a partial result: salvaged, or interrupted",
      "70:a defect of xivebench; XIVEBENCH_DEBUG=1 shows where"
    })
final class XivebenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "no command is given");
  }
}
