package org.xivebench.replay.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Records a JVM with what the rules of {@code import jvm} want. */
@Command(
    name = "record",
    customSynopsis = {
      "xivebench record [-o OUT.jfr] -- java ARGS...",
      "                 xivebench record [-o OUT.jfr] --pid N [--for TIME]"
    },
    description = {
      "%nRecord a Java program for 'xivebench import jvm': start it, or attach to one that runs.%n",
      "conf/interrupts.jfc has the settings. Ctrl-C ends the recording, which is kept; that is the"
          + " way to end one with --pid and without --for.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:recorded",
      "1:the program failed, or wrote no recording",
      "2:wrong usage",
      "4:ended by Ctrl-C before the program, or the time of --for; what was recorded is kept"
    })
final class RecordCommand implements Callable<Integer> {
  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(s|m|h)");

  /** Otherwise the oldest events are dropped beyond 250 MB. */
  private static final String NO_LIMIT = "maxsize=0";

  /** How long a program that was asked to end may take to write its recording. */
  private static final int ENDING_SECONDS = 9;

  private final CommandContext context;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT.jfr",
      defaultValue = "xivebench-recording.jfr",
      description = "The recording to write; default: ${DEFAULT-VALUE}.")
  private Path output;

  @Option(names = "--pid", paramLabel = "N", description = "Attach to this process.")
  private Long pid;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "With --pid, how long: 30s, 5m, 1h; default: until Ctrl-C.")
  private String duration;

  @Option(
      names = "--settings",
      paramLabel = "FILE.jfc",
      description = "Other settings than conf/interrupts.jfc.")
  private Path settings;

  @Parameters(
      paramLabel = "COMMAND",
      arity = "0..*",
      description = "The program, behind '--': java and its arguments.")
  private List<String> program = List.of();

  RecordCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (pid == null == program.isEmpty()) {
      throw new UsageException(
          "name either a program, as in 'xivebench record -- java -jar app.jar', or --pid");
    }
    if (pid == null && duration != null) {
      throw new UsageException("--for is for --pid; a program that is started runs to its end");
    }
    long nanos = duration == null ? Long.MAX_VALUE : nanos(duration);
    Path jfc = settingsFile();
    try (OutputFile file = OutputFile.create(output)) {
      String target = file.path().toAbsolutePath().toString();
      if (target.contains(",") || jfc.toString().contains(",")) {
        throw new UsageException(
            target + ": a comma in the name would be taken for an option's end");
      }
      int exitCode = pid == null ? start(jfc, target) : attach(jfc, target, nanos);
      if (Files.size(file.path()) == 0) {
        context.err().println("xivebench record: no recording was written");
        return ExitCode.FOUND;
      }
      long size = Files.size(file.path());
      file.commit();
      context.err().printf(Locale.ROOT, "%s: %,d kB recorded%n", output, (size + 999) / 1000);
      return exitCode;
    }
  }

  private Path settingsFile() {
    if (settings != null) {
      if (!Files.isReadable(settings)) {
        throw new UsageException("--settings " + settings + ": there is no such file");
      }
      return settings.toAbsolutePath();
    }
    Path shipped = Distribution.conf("interrupts.jfc");
    if (shipped == null) {
      throw new UsageException("conf/interrupts.jfc is missing; name settings with --settings");
    }
    return shipped.toAbsolutePath();
  }

  private static long nanos(String text) {
    Matcher matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw new UsageException("--for " + text + ": must be a time such as 30s, 5m or 1h");
    }
    TimeUnit unit =
        switch (matcher.group(2)) {
          case "s" -> TimeUnit.SECONDS;
          case "m" -> TimeUnit.MINUTES;
          default -> TimeUnit.HOURS;
        };
    return unit.toNanos(Long.parseLong(matcher.group(1)));
  }

  // A program that is started

  private int start(Path jfc, String target) throws IOException, InterruptedException {
    String launcher = new File(program.get(0)).getName();
    if (!launcher.equals("java")) {
      throw new UsageException(
          program.get(0)
              + ": is not java; for a program that starts Java by itself, give it"
              + " JAVA_TOOL_OPTIONS=-XX:StartFlightRecording=settings="
              + jfc
              + ",filename=FILE.jfr");
    }
    List<String> command = new ArrayList<>(program);
    // What JFR says of itself would stand in the program's output.
    command.add(1, "-Xlog:jfr+startup=error");
    command.add(
        2,
        "-XX:StartFlightRecording=dumponexit=true,"
            + NO_LIMIT
            + ",settings="
            + jfc
            + ",filename="
            + target);
    Process process;
    try {
      process = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      throw new UsageException(program.get(0) + ": cannot be started: " + e.getMessage(), e);
    }
    // From a terminal, Ctrl-C reaches the program too; a request by other ways is passed on.
    context.cancellation().onRequest(process::destroy);
    int status = process.waitFor();
    if (context.cancellation().isRequested()) {
      return ExitCode.PARTIAL;
    }
    if (status == 0) {
      return ExitCode.OK;
    }
    context.err().println("xivebench record: the program ended with exit code " + status);
    return ExitCode.FOUND;
  }

  // A program that runs

  private int attach(Path jfc, String target, long nanos) throws IOException, InterruptedException {
    ProcessHandle process =
        ProcessHandle.of(pid)
            .filter(ProcessHandle::isAlive)
            .orElseThrow(() -> new UsageException("--pid " + pid + ": there is no such process"));
    String name = "xivebench-" + ProcessHandle.current().pid();
    CountDownLatch ended = new CountDownLatch(1);
    context.cancellation().onRequest(ended::countDown);
    var unusedEnd = process.onExit().thenRun(ended::countDown);
    String said =
        jcmd(
            "JFR.start",
            "name=" + name,
            "settings=" + jfc,
            "dumponexit=true",
            NO_LIMIT,
            "filename=" + target);
    if (!said.contains("Started recording")) {
      throw new UsageException("--pid " + pid + ": cannot be recorded: " + lastLine(said));
    }
    context.err().println("xivebench record: recording process " + pid + "; Ctrl-C ends it");
    boolean unusedEarly = ended.await(nanos, TimeUnit.NANOSECONDS);
    boolean stopsEarly = duration != null && context.cancellation().isRequested();
    if (process.isAlive()) {
      String stopped = jcmd("JFR.stop", "name=" + name);
      if (!stopped.contains("Stopped recording")) {
        context.err().println("xivebench record: " + lastLine(stopped));
        return ExitCode.FOUND;
      }
    }
    return stopsEarly ? ExitCode.PARTIAL : ExitCode.OK;
  }

  private String jcmd(String... arguments) throws IOException, InterruptedException {
    Path ours = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    List<String> command = new ArrayList<>();
    command.add(Files.isExecutable(ours) ? ours.toString() : "jcmd");
    command.add(Long.toString(pid));
    command.addAll(List.of(arguments));
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UsageException("jcmd cannot be started; it comes with a JDK, not with a JRE", e);
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
    if (!process.waitFor(ENDING_SECONDS, TimeUnit.SECONDS)) {
      process.destroy();
    }
    return said;
  }

  private static String lastLine(String text) {
    return text.strip().lines().reduce((first, second) -> second).orElse("jcmd says nothing");
  }
}
