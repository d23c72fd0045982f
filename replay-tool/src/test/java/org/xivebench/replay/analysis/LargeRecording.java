package org.xivebench.replay.analysis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.FieldDeclaration;
import org.xivebench.replay.jfr.FieldType;
import org.xivebench.replay.jfr.JfrWriter;

/**
 * Writes a recording such as a long run of the bench makes, of as many events as one likes: mostly
 * interrupts, from more sources to more vCPUs than a page can show, with swaps between. {@code
 * main} takes the file and the number of events.
 */
public final class LargeRecording {
  private static final int SOURCES = 5_000;
  private static final int VCPUS = 256;
  private static final int EVENTS_PER_INTERRUPT = 4;
  private static final int INTERRUPTS_PER_SWAP = 2_000;
  private static final String[] BACKENDS = {"xive-native", "xics-on-xive"};
  private static final String[] LOCKS = {"kvm->lock", "vcpu->mutex", "sb->lock", "xive->lock"};

  private final SplittableRandom random = new SplittableRandom(20190501);
  private final int[] threads = new int[VCPUS];
  private final EventEncoder trigger;
  private final EventEncoder hypercall;
  private final EventEncoder interrupt;
  private final EventEncoder lockHold;
  private final EventEncoder swap;

  private LargeRecording(JfrWriter writer) {
    for (int i = 0; i < VCPUS; i++) {
      threads[i] = writer.thread("vcpu" + i, 1_000 + i, "vcpu" + i, 1_000 + i);
    }
    trigger =
        writer.declare(
            timed("EsbTrigger").field("source", FieldType.LONG).field("result", FieldType.STRING));
    hypercall =
        writer.declare(
            timed("Hypercall").field("vcpu", FieldType.INT).field("call", FieldType.STRING));
    interrupt =
        writer.declare(
            timed("Interrupt")
                .field("source", FieldType.LONG)
                .field("kind", FieldType.STRING)
                .field("server", FieldType.INT)
                .field("priority", FieldType.INT)
                .field("backend", FieldType.STRING)
                .field(nanos("toNotification"))
                .field(nanos("toDelivery")));
    lockHold =
        writer.declare(
            timed("LockHold").field("lock", FieldType.STRING).field("lockClass", FieldType.STRING));
    swap =
        writer.declare(
            timed("Swap")
                .field("from", FieldType.STRING)
                .field("to", FieldType.STRING)
                .field(nanos("stopVcpus"))
                .field(nanos("restore")));
  }

  private static EventDeclaration timed(String name) {
    return EventDeclaration.named("org.xivebench." + name).withDuration().withThread();
  }

  private static FieldDeclaration nanos(String name) {
    return FieldDeclaration.of(name, FieldType.LONG).timespanNanos();
  }

  /**
   * Writes a recording.
   *
   * @param events about how many
   */
  public static void write(Path file, long events) throws IOException {
    Recordings.write(
        file,
        writer -> {
          LargeRecording recording = new LargeRecording(writer);
          for (long i = 0; i < events / EVENTS_PER_INTERRUPT; i++) {
            recording.interrupt(i);
          }
        });
  }

  /** An interrupt, what leads to it, and now and then a swap. */
  private void interrupt(long i) throws IOException {
    long time = Recordings.EPOCH + i * 5_000;
    int vcpu = random.nextInt(VCPUS);
    int thread = threads[vcpu];
    long source = 0x1000L + random.nextInt(SOURCES);
    long wait = latency();
    String backend = BACKENDS[(int) (i / INTERRUPTS_PER_SWAP % 2)];
    trigger.begin(time, 300, thread).putLong(source).putString("FORWARDED").commit();
    hypercall.begin(time + 500, latency(), thread).putInt(vcpu).putString("H_EOI").commit();
    interrupt
        .begin(time + wait, latency(), thread)
        .putLong(source)
        .putString("MSI")
        .putInt(vcpu)
        .putInt(1 + random.nextInt(7))
        .putString(backend)
        .putLong(wait / 2)
        .putLong(wait)
        .commit();
    String lock = LOCKS[random.nextInt(LOCKS.length)];
    lockHold.begin(time, latency(), thread).putString(lock + vcpu).putString(lock).commit();
    if (i % INTERRUPTS_PER_SWAP == INTERRUPTS_PER_SWAP - 1) {
      String next = BACKENDS[(int) ((i / INTERRUPTS_PER_SWAP + 1) % 2)];
      long pause = 100_000 + latency();
      swap.begin(time, pause, thread)
          .putString(backend)
          .putString(next)
          .putLong(pause / 2)
          .putLong(pause / 3)
          .commit();
    }
  }

  /** Mostly microseconds, at times milliseconds. */
  private long latency() {
    return 500L + random.nextInt(4_000) + (random.nextInt(1_000) == 0 ? 5_000_000 : 0);
  }

  /** Arguments: the file, the number of events. */
  public static void main(String[] args) throws IOException {
    write(Path.of(args[0]), Long.parseLong(args[1]));
  }
}
