package org.xivebench.replay.analysis;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.jfr.BrokenRecordings;

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
    assertSame(BrokenRecordings.sound());
  }

  @Test
  void analysis_ofTheSameTwice_countsBoth() throws IOException {
    assertSame(BrokenRecordings.join(BrokenRecordings.sound(), BrokenRecordings.sound()));
  }

  @Test
  void analysis_ofATrace_hasTheCountsOfRecordingFile() throws IOException {
    assertNull(AnalysisComparison.compare(Path.of("../samples/boot-xics.jfr")));
    assertNull(AnalysisComparison.compare(Path.of("../samples/snap-xive.jfr")));
  }
}
