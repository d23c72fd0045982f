package org.xivebench.replay.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** vCPU i of a pseries machine is server i / threads * vsmt + i % threads. */
final class ServerNumbersTest {
  private ServerNumbers numbers;

  @BeforeEach
  void setUp() {
    numbers = new ServerNumbers();
  }

  @Test
  void nothingSeen_isOneVcpu() {
    assertTrue(numbers.resolve());
    assertEquals(List.of(0), numbers.all());
  }

  @Test
  void indexesAlone_areTheNumbers() {
    numbers.sawIndex(2);
    assertTrue(numbers.resolve());
    assertEquals(List.of(0, 1, 2), numbers.all());
  }

  @Test
  void oneVcpuNamedBothWays_givesAll() {
    numbers.sawBoth(1, 8);
    numbers.sawIndex(3);
    assertTrue(numbers.resolve());
    assertEquals(List.of(0, 8, 16, 24), numbers.all());
    assertEquals(3, numbers.indexOf(24));
  }

  // Two threads of a core are next to each other, cores are 8 apart.
  @Test
  void threadsOfACore_areNextToEachOther() {
    numbers.sawBoth(1, 1);
    numbers.sawBoth(2, 8);
    numbers.sawServer(9);
    assertTrue(numbers.resolve());
    assertEquals(List.of(0, 1, 8, 9), numbers.all());
    assertEquals(3, numbers.indexOf(9));
  }

  @Test
  void numbersThatContradict_fitNoMachine() {
    numbers.sawBoth(1, 8);
    numbers.sawBoth(2, 8);
    assertFalse(numbers.resolve());
  }

  @Test
  void numbersBeyondAMachine_fitNone() {
    numbers.sawBoth(1, 4096);
    numbers.sawIndex(2);
    assertFalse(numbers.resolve());
  }
}
