package org.xivebench.replay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void wholeJvmProperties_ofReplay_areNone() {
    assertEquals(Map.of(), Main.wholeJvmProperties(new String[] {"replay", "explore.jfr"}));
  }

  @Test
  void wholeJvmProperties_ofExplore_leaveRoomForScheduler() {
    assertEquals(
        Map.of("xivebench.explorable", "true", "xivebench.lockdep", "true"),
        Main.wholeJvmProperties(new String[] {"--quiet", "explore", "--list"}));
  }

  @Test
  void wholeJvmProperties_withLockdep_turnItOn() {
    assertEquals(
        Map.of("xivebench.lockdep", "true"),
        Main.wholeJvmProperties(new String[] {"replay", "t.jfr", "--lockdep"}));
  }
}
