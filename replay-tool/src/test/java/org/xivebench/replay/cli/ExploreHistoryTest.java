package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.explore.history.Museum;

class ExploreHistoryTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ExploreHistory history =
      new ExploreHistory(
          null, new ReportOptions(), new LaneOptions(), new PrintStream(printed, true, UTF_8));

  @Test
  void list_printsALineForEachCase_andRunsNone() {
    assertEquals(List.of(), history.chosen("list"));

    List<String> lines = printed.toString(UTF_8).lines().toList();
    assertEquals(Museum.all().size(), lines.size());
    assertTrue(lines.get(0).startsWith("6f868405faf0  release-races "), lines.get(0));
  }

  @Test
  void all_isEveryCase() {
    assertEquals(Museum.all(), history.chosen("all"));
  }

  @Test
  void aCase_isChosenByHashOrName() {
    assertEquals(history.chosen("6f868405faf0"), history.chosen("release-races"));
  }

  @Test
  void unknownName_isAUsageError() {
    assertThrows(UsageException.class, () -> history.chosen("ffffffff"));
  }
}
