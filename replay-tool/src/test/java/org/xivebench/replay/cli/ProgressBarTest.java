package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private long nowNanos = -5;

  private final ProgressBar bar =
      new ProgressBar(new PrintStream(printed, true, UTF_8), "replay", "events", () -> nowNanos);

  @Test
  void update_ofShortJob_printsNothing() {
    bar.update(1, 10);
    passMillis(299);
    bar.update(9, 10);
    bar.close();
    assertEquals("", printed.toString(UTF_8));
  }

  @Test
  void update_withTotal_showsShareRateAndTimeLeft() {
    passMillis(2_000);
    bar.update(1_000, 4_000);
    assertEquals(
        "\rreplay  25% [######..................] 1,000 events, 500/s, 0:06 left\u001b[K",
        printed.toString(UTF_8));
  }

  @Test
  void update_withoutTotal_showsCountAndRate() {
    passMillis(1_000);
    bar.update(1_500, 0);
    assertEquals("\rreplay  1,500 events, 1,500/s\u001b[K", printed.toString(UTF_8));
  }

  @Test
  void update_againWithinATenthOfASecond_isNotDrawn() {
    passMillis(1_000);
    bar.update(1, 0);
    printed.reset();
    passMillis(99);
    bar.update(2, 0);
    assertEquals("", printed.toString(UTF_8));
    passMillis(1);
    bar.update(3, 0);
    assertEquals("\rreplay  3 events, 3/s\u001b[K", printed.toString(UTF_8));
  }

  @Test
  void close_afterDrawing_erasesTheLineOnce() {
    passMillis(1_000);
    bar.update(1, 0);
    printed.reset();
    bar.close();
    bar.close();
    assertEquals("\r\u001b[K", printed.toString(UTF_8));
  }

  private void passMillis(long millis) {
    nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
