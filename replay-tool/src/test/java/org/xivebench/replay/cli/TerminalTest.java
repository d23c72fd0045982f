package org.xivebench.replay.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {
  @Test
  void detect_withoutEnvironment_allowsColor() {
    assertTrue(Terminal.detect(Map.of("TERM", "xterm")).colorAllowed());
  }

  @Test
  void detect_withNoColor_forbidsItWhateverItsValue() {
    assertFalse(Terminal.detect(Map.of("NO_COLOR", "0")).colorAllowed());
  }

  @Test
  void detect_withEmptyNoColor_allowsColor() {
    assertTrue(Terminal.detect(Map.of("NO_COLOR", "")).colorAllowed());
  }

  @Test
  void detect_onDumbTerminal_forbidsColor() {
    assertFalse(Terminal.detect(Map.of("TERM", "dumb")).colorAllowed());
  }
}
