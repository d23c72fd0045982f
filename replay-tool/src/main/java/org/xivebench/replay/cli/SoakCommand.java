package org.xivebench.replay.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.ReplayOptions;
import org.xivebench.replay.report.SoakReport;
import org.xivebench.replay.soak.Soak;
import org.xivebench.replay.soak.SoakOptions;
import org.xivebench.replay.soak.SoakResult;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes every path into the devices at once, for a while. */
@Command(
    name = "soak",
    description = {
      "Take every path into the devices at once, under real threads, for a while.",
      "%nOne machine's controller is swapped all the time while a thread for each path uses it;"
          + " beside it the scenarios of 'explore' run, over and over, on threads of their own. At"
          + " the end every interrupt is accounted for. The first finding ends the run.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing found",
      "1:interrupts were lost or invented, or something was reported",
      "2:wrong usage",
      "4:ended early by the user, nothing found"
    })
final class SoakCommand implements Callable<Integer> {

  private final CommandContext context;

  @ArgGroup private Length length = new Length();

  /** One of the two. */
  static final class Length {
    @Option(names = "--minutes", paramLabel = "N", description = "How long.")
    private Integer minutes;

    @Option(
        names = "--seconds",
        paramLabel = "N",
        description = "The same in seconds; default: 60.")
    private Integer seconds;
  }

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the choices that the paths make; default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Mixin private MachineOptions machine = new MachineOptions(4);
  @Mixin private ReportOptions report;
  @Mixin private RecordOption record;

  SoakCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    SoakOptions options =
        new SoakOptions(
            duration(), machine.vcpus(), seed, machine.config(), ReplayOptions.STALL_MILLIS);
    try (Backends backends = new Backends(context.bundles());
        JsonOutput json = report.openJson(context)) {
      DeviceType first = machine.first(backends.all());
      Optional<OutputFile> file = record.open();
      try {
        SoakResult result = RecordOption.recorded(file, () -> soak(options, backends, first));
        SoakReport summary = new SoakReport(result);
        summary.print(report.text(context), report.color(context));
        json.write(summary::toJson);
        if (!result.isClean()) {
          return ExitCode.FOUND;
        }
        return result.interrupted() ? ExitCode.PARTIAL : ExitCode.OK;
      } finally {
        if (file.isPresent()) {
          file.get().close();
        }
      }
    }
  }

  private SoakResult soak(SoakOptions options, Backends backends, DeviceType first) {
    try (ProgressBar bar = report.progress(context, "soaking", "seconds")) {
      return new Soak(options, backends::all, first, context.cancellation(), bar).run();
    } catch (ReplayException e) {
      throw new UsageException(e.getMessage());
    }
  }

  private Duration duration() {
    if (length.minutes != null) {
      return Duration.ofMinutes(positive("--minutes", length.minutes));
    }
    return Duration.ofSeconds(length.seconds == null ? 60 : positive("--seconds", length.seconds));
  }

  private static int positive(String option, int value) {
    if (value < 1) {
      throw new UsageException(option + " " + value + ": must be 1 or more");
    }
    return value;
  }
}
