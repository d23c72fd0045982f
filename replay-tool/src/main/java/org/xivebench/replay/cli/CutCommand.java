package org.xivebench.replay.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.trace.TraceCut;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.replay.trace.TraceWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a part out of a trace. */
@Command(
    name = "cut",
    description = {
      "%nTake a part out of a trace: a stretch, some sources, some vCPUs. The result is a trace of"
          + " its own, that begins with what was in force where the part begins: the mode, and"
          + " routing and masks of the sources.%n"
    })
final class CutCommand implements Callable<Integer> {
  private static final Pattern PLACE = Pattern.compile("(\\d+(?:\\.\\d+)?)(us|ms|s|)");

  private final CommandContext context;

  @Parameters(
      paramLabel = "IN",
      description = "The trace: a .jfr file, gzip or not; '-' for standard input.")
  private Path in;

  @Option(
      names = "--from",
      paramLabel = "PLACE",
      description =
          "The first event: its sequence number, or a time since the first such as 1.5s, 20ms.")
  private String from;

  @Option(names = "--to", paramLabel = "PLACE", description = "The last event, in the same way.")
  private String to;

  @Option(
      names = "--sources",
      paramLabel = "N",
      split = ",",
      description =
          "Only events of these sources and of the whole machine; decimal, or hexadecimal with 0x."
              + " In XICS mode the IPIs are source 2.")
  private List<String> sources = List.of();

  @Option(
      names = "--vcpus",
      paramLabel = "N",
      split = ",",
      description = "Only events of these vCPUs (by index), and of none.")
  private List<Integer> vcpus = List.of();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.jfr",
      description = "The trace to write.")
  private Path output;

  @Mixin private TraceInput input;
  @Mixin private ReportOptions report;

  CutCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    boolean byTime = isTime(from) || isTime(to);
    boolean byNumber = (from != null && !isTime(from)) || (to != null && !isTime(to));
    if (byTime && byNumber) {
      throw new UsageException("--from and --to: must both be numbers or both be times");
    }
    TraceCut.Part part =
        new TraceCut.Part(
            from == null ? 0 : place("--from", from),
            to == null ? Long.MAX_VALUE : place("--to", to),
            byTime,
            numbers(),
            Set.copyOf(vcpus));
    if (part.from() > part.to()) {
      throw new UsageException("--from " + from + " is after --to " + to);
    }
    try (TraceInput traces = input;
        OutputFile file = OutputFile.create(output);
        TraceReader reader = traces.openOnce(in)) {
      checkNames(reader.header());
      TraceCut.Result result =
          TraceCut.run(reader, part, header -> new TraceWriter(file.newStream(), header));
      if (result.written() == result.setup()) {
        throw new UsageException(
            String.format(
                Locale.ROOT,
                "the trace has %,d events, none of which is in that part; nothing was written",
                result.read()));
      }
      file.commit();
      report
          .text(context)
          .printf(
              Locale.ROOT,
              "%s: %,d of %,d events, after %,d that set up what was in force%n",
              output,
              result.written() - result.setup(),
              result.read(),
              result.setup());
      return traces.tellLosses(context, in, ExitCode.OK);
    }
  }

  private static boolean isTime(String place) {
    return place != null && place.endsWith("s");
  }

  private static long place(String option, String place) {
    Matcher matcher = PLACE.matcher(place);
    if (!matcher.matches() || (matcher.group(2).isEmpty() && place.contains("."))) {
      throw new UsageException(
          option
              + " "
              + place
              + ": must be a sequence number, or a time such as 1.5s, 20ms, 300us");
    }
    int exponent =
        switch (matcher.group(2)) {
          case "s" -> 9;
          case "ms" -> 6;
          case "us" -> 3;
          default -> 0;
        };
    try {
      return new BigDecimal(matcher.group(1))
          .scaleByPowerOfTen(exponent)
          .toBigInteger()
          .longValueExact();
    } catch (ArithmeticException e) {
      throw new UsageException(option + " " + place + ": is too large", e);
    }
  }

  private Set<Integer> numbers() {
    try {
      return Set.copyOf(
          sources.stream().map(text -> Integer.decode(text.strip())).distinct().toList());
    } catch (NumberFormatException e) {
      throw new UsageException(
          "--sources " + String.join(",", sources) + ": must be numbers, such as 0x1301", e);
    }
  }

  private void checkNames(TraceHeader header) {
    for (int source : numbers()) {
      boolean ipi = source == 2;
      if (!ipi && header.sources().stream().noneMatch(each -> each.number() == source)) {
        throw new UsageException(
            "--sources: the trace has no source 0x" + Integer.toHexString(source));
      }
    }
    for (int vcpu : vcpus) {
      if (vcpu < 0 || vcpu >= header.vcpuCount()) {
        throw new UsageException(
            "--vcpus: the trace has no vCPU " + vcpu + "; it has " + header.vcpuCount());
      }
    }
  }
}
