package org.xivebench.replay.analysis.rule;

import static org.xivebench.replay.analysis.Recordings.EPOCH;
import static org.xivebench.replay.analysis.Recordings.MILLI;
import static org.xivebench.replay.analysis.Recordings.SECOND;

import java.io.IOException;
import org.xivebench.replay.analysis.Recordings;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.FieldDeclaration;
import org.xivebench.replay.jfr.FieldType;
import org.xivebench.replay.jfr.JfrWriter;

/** Recordings that lie on this side or that of what a rule looks for. */
final class RuleRecordings {
  private RuleRecordings() {}

  /** An event at either end of ten seconds, so that shares are of those. */
  private static void span(JfrWriter writer) throws IOException {
    EventEncoder event = writer.declare(EventDeclaration.named("org.example.Span"));
    event.begin(EPOCH).commit();
    event.begin(EPOCH + 10 * SECOND).commit();
  }

  private static EventDeclaration timed(String name) {
    return EventDeclaration.named(name).withDuration().withThread();
  }

  static Recordings.Filling nothing() {
    return writer -> writer.declare(EventDeclaration.named("org.example.Span"));
  }

  /** The JVM dropped so many bytes each time. */
  static Recordings.Filling dataLoss(long... amounts) {
    return writer -> {
      span(writer);
      EventEncoder loss =
          writer.declare(EventDeclaration.named("jdk.DataLoss").field("amount", FieldType.LONG));
      for (int i = 0; i < amounts.length; i++) {
        loss.begin(EPOCH + i).putLong(amounts[i]).commit();
      }
    };
  }

  /** An event of the bench in a category of its own. */
  static Recordings.Filling report(String category) {
    return writer ->
        writer
            .declare(
                EventDeclaration.named("org.xivebench.UseAfterFree")
                    .label("Use After Free")
                    .category("xivebench", category)
                    .withThread()
                    .field("object", FieldType.STRING))
            .begin(EPOCH)
            .putString("eq 3")
            .commit();
  }

  static Recordings.Filling failedSwaps(int count) {
    return writer -> {
      EventEncoder failure =
          writer.declare(
              timed("org.xivebench.SwapFailure")
                  .field("from", FieldType.STRING)
                  .field("to", FieldType.STRING)
                  .field("what", FieldType.STRING));
      for (int i = 0; i < count; i++) {
        failure
            .begin(EPOCH + i * SECOND, MILLI, 0)
            .putString("xive-native")
            .putString("xics-on-xive")
            .putString("release gave up; the VM is detached")
            .commit();
      }
    };
  }

  static Recordings.Filling swap(long millis) {
    return writer ->
        writer
            .declare(
                timed("org.xivebench.Swap")
                    .field("from", FieldType.STRING)
                    .field("to", FieldType.STRING)
                    .field(FieldDeclaration.of("release", FieldType.LONG).timespanNanos()))
            .begin(EPOCH, millis * MILLI, 0)
            .putString("a")
            .putString("b")
            .putLong(millis * MILLI / 2)
            .commit();
  }

  /** vCPU 2 was so long in the guest after the gate was closed. */
  static Recordings.Filling drains(long millis) {
    return writer -> {
      EventEncoder drain =
          writer.declare(
              EventDeclaration.named("org.xivebench.GateDrain")
                  .withThread()
                  .field("vcpu", FieldType.STRING)
                  .field(FieldDeclaration.of("sinceClosed", FieldType.LONG).timespanNanos()));
      for (int vcpu = 0; vcpu < 4; vcpu++) {
        drain
            .begin(EPOCH + vcpu)
            .putString("vcpu" + vcpu)
            .putLong(vcpu == 2 ? millis * MILLI : MILLI)
            .commit();
      }
    };
  }

  /** So many waits of 10 ms for kvm->lock in ten seconds. */
  static Recordings.Filling lockWaits(int count) {
    return writer -> {
      span(writer);
      EventEncoder wait =
          writer.declare(timed("org.xivebench.LockWait").field("lockClass", FieldType.STRING));
      for (int i = 0; i < count; i++) {
        wait.begin(EPOCH + i * MILLI, 10 * MILLI, 0).putString("kvm->lock").commit();
      }
    };
  }

  /** 200 interrupts, so many percent of them for server 3. */
  static Recordings.Filling interrupts(int percent) {
    return writer -> {
      EventEncoder interrupt =
          writer.declare(
              timed("org.xivebench.Interrupt")
                  .field("source", FieldType.INT)
                  .field("kind", FieldType.STRING)
                  .field("server", FieldType.INT)
                  .field("priority", FieldType.INT)
                  .field("backend", FieldType.STRING)
                  .field(FieldDeclaration.of("toNotification", FieldType.LONG).timespanNanos())
                  .field(FieldDeclaration.of("toDelivery", FieldType.LONG).timespanNanos()));
      for (int i = 0; i < 200; i++) {
        interrupt
            .begin(EPOCH + i * MILLI, MILLI / 2, 0)
            .putInt(0x1200)
            .putString("MSI")
            .putInt(i % 100 < percent ? 3 : 0)
            .putInt(6)
            .putString("xive-native")
            .putLong(1_000)
            .putLong(20_000)
            .commit();
      }
    };
  }

  /** 200 triggers, so many percent of them coalesced. */
  static Recordings.Filling triggers(int coalescedPercent) {
    return writer -> {
      EventEncoder trigger =
          writer.declare(
              timed("org.xivebench.EsbTrigger")
                  .field("source", FieldType.INT)
                  .field("result", FieldType.STRING));
      for (int i = 0; i < 200; i++) {
        trigger
            .begin(EPOCH + i * MILLI, 1_000, 0)
            .putInt(0x1200)
            .putString(i % 100 < coalescedPercent ? "COALESCED" : "FORWARDED")
            .commit();
      }
    };
  }

  /**
   * A trace of an XICS guest: 50 times, the first two sources are triggered, and the others are
   * accepted and ended.
   */
  static Recordings.Filling traceOf(int first, int second, int... ended) {
    return writer -> {
      EventEncoder line =
          writer.declare(
              EventDeclaration.named("org.xivebench.SetLine")
                  .field("source", FieldType.INT)
                  .field("level", FieldType.INT));
      EventEncoder eoi =
          writer.declare(
              EventDeclaration.named("org.xivebench.IcpEoi")
                  .field("vcpu", FieldType.INT)
                  .field("server", FieldType.INT)
                  .field("xirr", FieldType.INT));
      for (int i = 0; i < 50; i++) {
        long time = EPOCH + i * MILLI;
        line.begin(time).putInt(first).putInt(1).commit();
        line.begin(time + 1).putInt(second).putInt(1).commit();
        for (int source : ended) {
          eoi.begin(time + 2).putInt(0).putInt(0).putInt(source).commit();
        }
      }
    };
  }

  /** Pauses in ten seconds, one each 100 ms. */
  static Recordings.Filling gcPauses(int count, long millis) {
    return writer -> {
      span(writer);
      EventEncoder pause =
          writer.declare(timed("jdk.GCPhasePause").field("name", FieldType.STRING));
      for (int i = 0; i < count; i++) {
        pause.begin(EPOCH + 100 * MILLI * i, millis * MILLI, 0).putString("GC Pause").commit();
      }
    };
  }

  /** 200 file reads of 100 ms, each with a pause of that length in it, and 200 of 1 ms. */
  static Recordings.Filling readsWithPauses(long pauseMillis) {
    return writer -> {
      gcPauses(200, pauseMillis).into(writer);
      EventEncoder read = writer.declare(timed("jdk.FileRead").field("path", FieldType.STRING));
      for (int i = 0; i < 200; i++) {
        read.begin(EPOCH + 100 * MILLI * i, 100 * MILLI, 0).putString("/f").commit();
        read.begin(EPOCH + 100 * MILLI * i, MILLI, 0).putString("/f").commit();
      }
    };
  }

  /** So much of a heap of 1 GB was in use after a collection. */
  static Recordings.Filling heapAfterGc(long megabytes) {
    return writer -> {
      writer
          .declare(
              EventDeclaration.named("jdk.GCHeapConfiguration").field("maxSize", FieldType.LONG))
          .begin(EPOCH)
          .putLong(1_000_000_000)
          .commit();
      writer
          .declare(
              EventDeclaration.named("jdk.GCHeapSummary")
                  .field("heapUsed", FieldType.LONG)
                  .field("when", FieldType.STRING))
          .begin(EPOCH)
          .putLong(megabytes * 1_000_000)
          .putString("After GC")
          .commit();
    };
  }

  static Recordings.Filling safepoint(long millis) {
    return writer ->
        writer
            .declare(
                timed("jdk.SafepointStateSynchronization").field("safepointId", FieldType.LONG))
            .begin(EPOCH, millis * MILLI, 0)
            .putLong(1)
            .commit();
  }

  /** So many waits of 20 ms for a monitor, in ten seconds. */
  static Recordings.Filling monitorWaits(int count) {
    return writer -> {
      span(writer);
      EventEncoder enter = writer.declare(timed("jdk.JavaMonitorEnter"));
      for (int i = 0; i < count; i++) {
        enter.begin(EPOCH + i * MILLI, 20 * MILLI, 0).commit();
      }
    };
  }

  /** So many virtual threads that kept their carrier for 20 ms. */
  static Recordings.Filling pinned(int count) {
    return writer -> {
      EventEncoder pinned = writer.declare(timed("jdk.VirtualThreadPinned"));
      for (int i = 0; i < count; i++) {
        pinned.begin(EPOCH + i * MILLI, 20 * MILLI, 0).commit();
      }
    };
  }

  /** Nine writes of 1 ms, and one that is longer. */
  static Recordings.Filling fileWrite(long millis) {
    return writer -> {
      EventEncoder write = writer.declare(timed("jdk.FileWrite").field("path", FieldType.STRING));
      for (int i = 0; i < 9; i++) {
        write.begin(EPOCH + i, MILLI, 0).putString("/f").commit();
      }
      write.begin(EPOCH + 9, millis * MILLI, 0).putString("/f").commit();
    };
  }

  /** So many exceptions in ten seconds, by the running total, which is not written in order. */
  static Recordings.Filling thrown(long count) {
    return writer -> {
      EventEncoder statistics =
          writer.declare(
              EventDeclaration.named("jdk.ExceptionStatistics")
                  .field("throwables", FieldType.LONG));
      statistics.begin(EPOCH + 10 * SECOND).putLong(500 + count).commit();
      statistics.begin(EPOCH).putLong(500).commit();
    };
  }

  /** A sample that stands for so many bytes in ten seconds. */
  static Recordings.Filling allocated(long gigabytes) {
    return writer -> {
      span(writer);
      writer
          .declare(
              EventDeclaration.named("jdk.ObjectAllocationSample").field("weight", FieldType.LONG))
          .begin(EPOCH)
          .putLong(gigabytes * 1_000_000_000L)
          .commit();
    };
  }

  static Recordings.Filling cpuLoad(float jvm, float machine) {
    return writer ->
        writer
            .declare(
                EventDeclaration.named("jdk.CPULoad")
                    .field("jvmUser", FieldType.FLOAT)
                    .field("jvmSystem", FieldType.FLOAT)
                    .field("machineTotal", FieldType.FLOAT))
            .begin(EPOCH)
            .putFloat(jvm)
            .putFloat(0)
            .putFloat(machine)
            .commit();
  }

  /** An event of a type that is cut to a rate. */
  static Recordings.Filling throttled(String rate) {
    return writer -> {
      EventEncoder read = writer.declare(EventDeclaration.named("org.example.Read"));
      read.begin(EPOCH).commit();
      EventEncoder setting =
          writer.declare(
              EventDeclaration.named("jdk.ActiveSetting")
                  .field("id", FieldType.LONG)
                  .field("name", FieldType.STRING)
                  .field("value", FieldType.STRING));
      setting.begin(EPOCH).putLong(read.typeId()).putString("enabled").putString("true").commit();
      setting.begin(EPOCH).putLong(read.typeId()).putString("throttle").putString(rate).commit();
    };
  }
}
