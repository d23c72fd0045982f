package org.xivebench.replay.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.xivebench.replay.InputException;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.importer.JvmImporter;
import org.xivebench.replay.importer.JvmRules;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.ReadMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Makes a trace of a JVM's recording. */
@Command(
    name = "jvm",
    description = {
      "%nMake a trace of the flight recording of any Java program: the interrupts that its threads'"
          + " waking, its input and output, and its safepoints would cause in a guest, by rules.%n",
      "'xivebench record' makes a recording that has what the rules want. conf/jvm-rules.json has the"
          + " rules; copy and change them, and name the copy with --rules.%n"
    })
final class ImportJvmCommand implements Callable<Integer> {
  private static final Path STANDARD_INPUT = Path.of("-");
  private static final int SHOWN = 20;

  @ParentCommand private ImportCommand parent;

  @Parameters(
      paramLabel = "REC.jfr",
      description = "The recording, gzip or not; '-' for standard input.")
  private Path recording;

  @Option(
      names = "--rules",
      paramLabel = "RULES.json",
      description = "The rules; default: conf/jvm-rules.json.")
  private Path rulesFile;

  @Option(
      names = "--vcpus",
      paramLabel = "N",
      description = "vCPUs of the guest; default: what the rules say.")
  private Integer vcpus;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Chooses which thread runs on which vCPU; default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--explain", description = "Print what each rule made, and why.")
  private boolean explain;

  @Option(
      names = "--salvage",
      description = "Use what is whole of a damaged recording, say what is not, and exit with 4.")
  private boolean salvage;

  @Mixin private ImportOptions options;

  @Override
  public Integer call() throws IOException {
    JvmRules rules = rules();
    int guestVcpus = vcpus == null ? rules.vcpus() : vcpus;
    String problem = JvmRules.problemOfMachine(guestVcpus);
    if (problem != null) {
      throw new UsageException("--vcpus: " + problem);
    }
    CommandContext context = parent.context();
    List<JvmImporter.Result> results = new ArrayList<>();
    int exitCode =
        options.run(
            context,
            recording,
            (out, progress) -> {
              results.add(
                  JvmImporter.run(
                      source(), rules, guestVcpus, seed, out, progress, context.cancellation()));
              return results.get(0).report();
            });
    JvmImporter.Result result = results.get(0);
    if (explain && exitCode == ExitCode.OK) {
      explain(result, options.text(context));
    }
    if (result.losses().isEmpty() || exitCode != ExitCode.OK) {
      return exitCode;
    }
    context
        .err()
        .println("xivebench import jvm: " + recording + ": not whole; what is lost of it:");
    result.losses().stream().limit(SHOWN).forEach(loss -> context.err().println("  " + loss));
    if (result.losses().size() > SHOWN) {
      context.err().println("  and " + (result.losses().size() - SHOWN) + " more");
    }
    return ExitCode.PARTIAL;
  }

  private JvmRules rules() throws IOException {
    if (rulesFile != null) {
      return JvmRules.read(rulesFile);
    }
    Path shipped = Distribution.conf("jvm-rules.json");
    return shipped == null ? JvmRules.standard() : JvmRules.read(shipped);
  }

  private JvmImporter.Source source() throws IOException {
    ReadMode mode = salvage ? ReadMode.SALVAGE : ReadMode.STRICT;
    if (recording.equals(STANDARD_INPUT)) {
      Path name = Path.of("standard input");
      return new JvmImporter.Source(
          name, () -> JfrReader.open(System.in, name.toString(), mode), false);
    }
    if (!Files.exists(recording)) {
      throw new InputException(recording, "there is no such file");
    }
    if (Files.isDirectory(recording)) {
      throw new InputException(recording, "is a folder");
    }
    if (!Files.isReadable(recording)) {
      throw new InputException(recording, "cannot be read: permission denied");
    }
    return new JvmImporter.Source(
        recording, () -> JfrReader.open(recording, mode), Files.isRegularFile(recording));
  }

  private static void explain(JvmImporter.Result result, PrintStream out) {
    out.println("rules:");
    for (JvmImporter.Explanation each : result.explanations()) {
      out.printf(
          Locale.ROOT,
          "  %-18s %,12d %s -> %,d interrupts (%s)%n",
          each.rule().name(),
          each.events(),
          each.rule().event(),
          each.interrupts(),
          kind(each.rule()));
      each.leftOut()
          .forEach((reason, count) -> out.printf(Locale.ROOT, "%33d %s%n", count, reason));
      if (!each.rule().why().isEmpty()) {
        out.println("      " + each.rule().why());
      }
    }
  }

  private static String kind(JvmRules.Rule rule) {
    return switch (rule.interrupt()) {
      case IPI -> "IPI";
      case IPI_ALL -> "IPI to all others";
      case MSI -> "MSI of " + rule.device();
    };
  }
}
