package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.List;

/** The losses of one recording: all of them counted, the first ones kept. */
final class LossLog {
  /** More than anyone reads; input can be damaged everywhere. */
  static final int KEPT = 1000;

  private final List<Loss> first = new ArrayList<>();
  private long count;
  private long bytes;

  void add(Loss loss) {
    count++;
    bytes += loss.bytes();
    if (first.size() < KEPT) {
      first.add(loss);
    }
  }

  List<Loss> first() {
    return List.copyOf(first);
  }

  long count() {
    return count;
  }

  long bytes() {
    return bytes;
  }
}
