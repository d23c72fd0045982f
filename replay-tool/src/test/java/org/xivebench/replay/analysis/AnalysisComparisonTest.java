package org.xivebench.replay.analysis;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.jfr.BrokenRecordings;
import org.xivebench.replay.jfr.Samples;

/**
 * Counts and durations by type as the JDK reads them; {@code compare-analyses.sh} takes folders.
 */
class AnalysisComparisonTest {
  @TempDir Path folder;

  private void assertSame(byte[] recording) throws IOException {
    Path file = folder.resolve("recording.jfr");
    Files.write(file, recording);
    assertNull(AnalysisComparison.compare(file));
  }

  @Test
  void analysis_ofAJdk17Recording_hasTheCountsAndDurationsOfRecordingFile() throws IOException {
    assertSame(Samples.kafkaProducer());
  }

  @Test
  void analysis_ofAnotherJdk17Recording_hasTheCountsAndDurationsOfRecordingFile()
      throws IOException {
    assertSame(Samples.kafkaConsumer());
  }

  @Test
  void analysis_ofAJdk25Recording_hasTheCountsAndDurationsOfRecordingFile() throws IOException {
    assertSame(Samples.jetty());
  }

  @Test
  void analysis_ofSeveralChunks_countsAll() throws IOException {
    long start = Recordings.EPOCH;
    assertSame(
        BrokenRecordings.join(
            BrokenRecordings.startingAt(start),
            BrokenRecordings.startingAt(start + 100 * Recordings.SECOND)));
  }

  @Test
  void analysis_ofATrace_hasTheCountsOfRecordingFile() throws IOException {
    assertNull(AnalysisComparison.compare(Path.of("../samples/boot-xics.jfr")));
    assertNull(AnalysisComparison.compare(Path.of("../samples/snap-xive.jfr")));
  }
}
