package org.xivebench.replay.importer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.ordered.OrderedOptions;
import org.xivebench.replay.ordered.OrderedReplay;
import org.xivebench.replay.ordered.OrderedResult;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.xive.Quirks;

/**
 * A QEMU log that was imported and replayed in order on the emulated controllers, to its end.
 *
 * @param report of the import
 * @param result of the replay
 */
record LogReplay(ImportReport report, OrderedResult result) {
  /**
   * Imports a log and replays it.
   *
   * @param snapshots what the monitor printed, or null
   * @param trace where the trace goes
   */
  static LogReplay of(Path log, Path snapshots, Path trace) throws IOException, ReplayException {
    ImportReport report =
        QemuLogImporter.run(
            log,
            snapshots,
            ReadMode.STRICT,
            Files.newOutputStream(trace),
            Progress.NONE,
            new Cancellation());
    OrderedReplay replay =
        new OrderedReplay(
            () -> TraceEvents.of(TraceReader.open(trace)),
            OrderedOptions.emulated(Quirks.QEMU_7_2, true),
            new Cancellation(),
            Progress.NONE);
    return new LogReplay(report, replay.run());
  }
}
