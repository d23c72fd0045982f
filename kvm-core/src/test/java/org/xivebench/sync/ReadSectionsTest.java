package org.xivebench.sync;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReadSectionsTest {
  private final ReadSections sections = new ReadSections("srcu");

  @Test
  void synchronize_noReader_returns() {
    sections.synchronize();
    int index = sections.enter();
    sections.exit(index);
    sections.synchronize();
  }

  @Test
  void synchronize_openSection_returnsAfterItsEndOnly() throws InterruptedException {
    int index = sections.enter();
    AtomicBoolean ended = new AtomicBoolean();
    AtomicBoolean sawEnd = new AtomicBoolean();
    Thread writer =
        new Thread("writer") {
          @Override
          public void run() {
            sections.synchronize();
            sawEnd.set(ended.get());
          }
        };
    writer.start();
    // A section that begins while the writer waits does not hold it up, and is not hurt by it.
    int later = sections.enter();
    assertFalse(sawEnd.get());
    ended.set(true);
    sections.exit(index);
    sections.exit(later);
    writer.join();
    assertTrue(sawEnd.get());
  }

  @Test
  void exit_withoutEnter_isOurBug() {
    assertThrows(AssertionError.class, () -> sections.exit(0));
  }
}
