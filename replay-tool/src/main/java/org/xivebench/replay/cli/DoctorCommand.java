package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.xivebench.replay.InputException;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.Doctor;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.text.Printable;
import org.xivebench.replay.jfr.ChunkSummary;
import org.xivebench.replay.jfr.Loss;
import org.xivebench.replay.jfr.RecordingException;
import org.xivebench.replay.jfr.SoundCopy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what is left of damaged recordings. */
@Command(
    name = "doctor",
    description =
        "%nWalk recordings that are damaged, joined, or of a JVM that was killed: say chunk by"
            + " chunk what each holds and what is lost, and save what is sound.%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all is sound",
      "1:something is damaged or unfinished",
      "2:wrong usage",
      "3:no recording, or nothing of it can be read",
      "4:ended early by the user; nothing was saved"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final int SHOWN_LOSSES = 20;

  private final CommandContext context;

  @Mixin private RecordingFiles recordings;
  @Mixin private ReportOptions report;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT.jfr",
      description = "Write what is sound to a new recording, which 'jfr' opens.")
  private Path output;

  DoctorCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    List<RecordingInput> inputs = recordings.inputs();
    if (output != null) {
      checkOutput(inputs);
    }
    try (JsonOutput json = report.openJson(context)) {
      List<Doctor.Diagnosis> diagnoses = new ArrayList<>();
      for (RecordingInput input : inputs) {
        diagnoses.add(output == null ? examine(input, null) : examineAndSave(input));
      }
      PrintStream out = report.text(context);
      diagnoses.forEach(diagnosis -> print(diagnosis, out));
      json.write(() -> toJson(diagnoses));
      if (context.cancellation().isRequested()) {
        return ExitCode.PARTIAL;
      }
      return diagnoses.stream().allMatch(Doctor.Diagnosis::isSound) ? ExitCode.OK : ExitCode.FOUND;
    }
  }

  private void checkOutput(List<RecordingInput> inputs) {
    if (inputs.size() > 1) {
      throw new UsageException(
          "-o " + output + ": one recording at a time; " + inputs.size() + " were named");
    }
  }

  private Doctor.Diagnosis examineAndSave(RecordingInput input) throws IOException {
    try (OutputFile file = OutputFile.create(output)) {
      Doctor.Diagnosis diagnosis;
      int chunks;
      try (SoundCopy copy = new SoundCopy(file.path())) {
        diagnosis = examine(input, copy);
        chunks = copy.chunks();
        if (chunks > 0 && !diagnosis.interrupted()) {
          report
              .text(context)
              .printf(
                  Locale.ROOT,
                  "%s: %d of %d chunks, %,d events saved%n",
                  output,
                  chunks,
                  diagnosis.chunks().size(),
                  copy.events());
        }
      }
      if (chunks > 0 && !diagnosis.interrupted()) {
        file.commit();
      } else {
        context
            .err()
            .println("xivebench doctor: nothing sound to save; " + output + " not written");
      }
      return diagnosis;
    }
  }

  private Doctor.Diagnosis examine(RecordingInput input, SoundCopy copy) throws IOException {
    try (ProgressBar progress = report.progress(context, "reading", "bytes")) {
      return Doctor.examine(input, copy, progress, context.cancellation());
    } catch (RecordingException e) {
      throw new InputException(Path.of(e.file()), RecordingOptions.problem(e), e);
    }
  }

  private static void print(Doctor.Diagnosis diagnosis, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%s: %s%n",
        Printable.of(diagnosis.name()),
        diagnosis.isSound()
            ? "sound"
            : diagnosis.lossCount() == 0
                ? "unfinished"
                : "damaged: "
                    + Quantities.count(diagnosis.lossCount())
                    + (diagnosis.lossCount() == 1 ? " place, " : " places, ")
                    + Quantities.bytes(diagnosis.lostBytes())
                    + " lost");
    out.println("  chunk  JVM        byte      size  format  start                         events");
    for (Doctor.Chunk chunk : diagnosis.chunks()) {
      ChunkSummary summary = chunk.summary();
      out.printf(
          Locale.ROOT,
          "  %5d  %3d  %,10d  %8s  %d.%d     %s  %,10d  %s%s%n",
          summary.header().number(),
          summary.jvm(),
          summary.header().position(),
          Quantities.bytes(summary.end() - summary.header().position()),
          summary.header().major(),
          summary.header().minor(),
          Quantities.time(summary.header().startNanos()),
          summary.events(),
          state(summary),
          chunk.jvm().isEmpty() ? "" : " (" + Printable.of(chunk.jvm()) + ")");
    }
    diagnosis.losses().stream()
        .limit(SHOWN_LOSSES)
        .forEach(loss -> out.println("  ! " + Printable.of(loss.toString())));
    if (diagnosis.lossCount() > SHOWN_LOSSES) {
      out.println("  ! and " + (diagnosis.lossCount() - SHOWN_LOSSES) + " more places");
    }
    out.flush();
  }

  private static String state(ChunkSummary summary) {
    if (summary.lostBytes() > 0) {
      return "damaged, " + Quantities.bytes(summary.lostBytes()) + " lost";
    }
    return summary.header().isFinished() ? "sound" : "unfinished: its JVM was killed, or still ran";
  }

  private static ObjectNode toJson(List<Doctor.Diagnosis> diagnoses) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode files = root.putArray("files");
    for (Doctor.Diagnosis diagnosis : diagnoses) {
      ObjectNode file =
          files
              .addObject()
              .put("name", diagnosis.name())
              .put("sound", diagnosis.isSound())
              .put("lossCount", diagnosis.lossCount())
              .put("lostBytes", diagnosis.lostBytes());
      ArrayNode chunks = file.putArray("chunks");
      for (Doctor.Chunk chunk : diagnosis.chunks()) {
        ChunkSummary summary = chunk.summary();
        chunks
            .addObject()
            .put("number", summary.header().number())
            .put("jvm", summary.jvm())
            .put("jvmName", chunk.jvm())
            .put("offsetBytes", summary.header().position())
            .put("sizeBytes", summary.end() - summary.header().position())
            .put("format", summary.header().major() + "." + summary.header().minor())
            .put("startEpochNanos", summary.header().startNanos())
            .put("durationNanos", summary.header().durationNanos())
            .put("events", summary.events())
            .put("lostBytes", summary.lostBytes())
            .put("finished", summary.header().isFinished());
      }
      ArrayNode losses = file.putArray("losses");
      for (Loss loss : diagnosis.losses()) {
        losses
            .addObject()
            .put("chunk", loss.chunk())
            .put("offsetBytes", loss.offset())
            .put("bytes", loss.bytes())
            .put("reason", loss.reason());
      }
    }
    return root;
  }
}
