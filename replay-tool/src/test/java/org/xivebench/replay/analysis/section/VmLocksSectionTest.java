package org.xivebench.replay.analysis.section;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.analysis.Recordings;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.FieldType;

class VmLocksSectionTest {
  private static final long MICRO = 1_000;

  @TempDir Path folder;

  /**
   * 1,000 holds of kvm->lock, of 1 to 1,000 µs; one of the mutex of vCPU 1, of 5 ms, for which a
   * thread waited 3 ms.
   */
  private JvmAnalysis locks() throws IOException {
    Path file =
        Recordings.write(
            folder.resolve("locks.jfr"),
            writer -> {
              int main = writer.thread("main", 1, "main", 1);
              EventEncoder hold =
                  writer.declare(
                      EventDeclaration.named("org.xivebench.LockHold")
                          .withDuration()
                          .withThread()
                          .field("lock", FieldType.STRING)
                          .field("lockClass", FieldType.STRING));
              for (int i = 1; i <= 1_000; i++) {
                hold.begin(Recordings.EPOCH + i, i * MICRO, main)
                    .putString("kvm->lock")
                    .putString("kvm->lock")
                    .commit();
              }
              hold.begin(Recordings.EPOCH, 5_000 * MICRO, main)
                  .putString("vcpu1->mutex")
                  .putString("vcpu->mutex")
                  .commit();
              writer
                  .declare(
                      EventDeclaration.named("org.xivebench.LockWait")
                          .withDuration()
                          .withThread()
                          .field("lock", FieldType.STRING)
                          .field("lockClass", FieldType.STRING)
                          .field("heldBy", FieldType.STRING))
                  .begin(Recordings.EPOCH, 3_000 * MICRO, main)
                  .putString("vcpu1->mutex")
                  .putString("vcpu->mutex")
                  .putString("vcpu1")
                  .commit();
            });
    return Recordings.analyzeOne(file);
  }

  @Test
  void holds_areBrokenDownByClass_withPercentiles() throws IOException {
    Breakdown hold = locks().breakdown(VmLocksSection.NAME, VmLocksSection.HOLD).orElseThrow();
    assertEquals(
        List.of("kvm->lock", "vcpu->mutex"),
        hold.entries().stream().map(Breakdown.Entry::key).toList());
    Distribution kvmLock = hold.entries().get(0).values();
    assertEquals(1_000, kvmLock.count());
    assertEquals(500_500 * MICRO, kvmLock.total());
    assertEquals(1_000 * MICRO, kvmLock.max());
    assertEquals(500, kvmLock.p50() / 1e3, 5);
    assertEquals(900, kvmLock.p90() / 1e3, 9);
    assertEquals(990, kvmLock.p99() / 1e3, 9.9);
    assertEquals(999, kvmLock.p999() / 1e3, 9.9);
    Occurrence worst = hold.worst().get(0);
    assertEquals(5_000 * MICRO, worst.value());
    assertEquals("vcpu1->mutex", worst.what());
    assertEquals("main", worst.thread());
  }

  @Test
  void waits_nameTheHolder() throws IOException {
    Breakdown wait = locks().breakdown(VmLocksSection.NAME, VmLocksSection.WAIT).orElseThrow();
    assertEquals(1, wait.all().count());
    assertEquals("vcpu->mutex", wait.entries().get(0).key());
    assertEquals("vcpu1->mutex, held by vcpu1", wait.worst().get(0).what());
  }
}
