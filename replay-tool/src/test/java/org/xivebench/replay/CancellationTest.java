package org.xivebench.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CancellationTest {
  private final Cancellation cancellation = new Cancellation();
  private final List<String> ran = new ArrayList<>();

  @Test
  void request_withActions_runsEachOnceInOrder() {
    cancellation.onRequest(() -> ran.add("first"));
    cancellation.onRequest(() -> ran.add("second"));
    assertFalse(cancellation.isRequested());
    cancellation.request();
    cancellation.request();
    assertTrue(cancellation.isRequested());
    assertEquals(List.of("first", "second"), ran);
  }

  @Test
  void onRequest_afterRequest_runsAtOnce() {
    cancellation.request();
    cancellation.onRequest(() -> ran.add("late"));
    assertEquals(List.of("late"), ran);
  }
}
