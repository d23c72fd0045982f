package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells the JVMs of a recording apart and keeps the clock of each. Nothing in a chunk names its
 * JVM; see {@link ChunkHeader#continues} for what does.
 */
final class JvmClocks {
  /** JVMs whose next chunk is still looked for; older ones are taken for ended. */
  private static final int REMEMBERED = 64;

  private static final class Jvm {
    final int number;
    final TickClock clock;
    ChunkHeader last;

    Jvm(int number, ChunkHeader first) {
      this.number = number;
      this.clock = usable(first);
      this.last = first;
    }

    /** A rate that is not above 0 is damage; then a tick is taken for a nanosecond. */
    private static TickClock usable(ChunkHeader header) {
      return header.ticksPerSecond() > 0
          ? header.clock()
          : new TickClock(header.startNanos(), header.startTicks(), 1_000_000_000L);
    }
  }

  private final List<Jvm> jvms = new ArrayList<>();
  private int count;

  /** The number of the JVM that wrote this chunk, the next one in the file. */
  int next(ChunkHeader header) {
    for (int i = jvms.size() - 1; i >= 0; i--) {
      Jvm jvm = jvms.get(i);
      if (header.continues(jvm.last)) {
        jvm.last = header;
        return jvm.number;
      }
    }
    if (jvms.size() == REMEMBERED) {
      jvms.remove(0);
    }
    jvms.add(new Jvm(++count, header));
    return count;
  }

  /** The clock of a JVM that {@link #next} just returned. */
  TickClock clock(int number) {
    for (Jvm jvm : jvms) {
      if (jvm.number == number) {
        return jvm.clock;
      }
    }
    throw new IllegalArgumentException("no JVM " + number);
  }
}
