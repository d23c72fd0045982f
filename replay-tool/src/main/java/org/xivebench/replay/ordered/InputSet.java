package org.xivebench.replay.ordered;

/**
 * Some of a machine's vCPUs, as many as one operation concerns: their external interrupt inputs.
 */
final class InputSet {
  private final boolean[] contained;
  private final int[] members;
  private int size;

  InputSet(int vcpuCount) {
    this.contained = new boolean[vcpuCount];
    this.members = new int[vcpuCount];
  }

  int size() {
    return size;
  }

  /** One of them, in the order in which they came. */
  int get(int index) {
    return members[index];
  }

  boolean contains(int cpu) {
    return contained[cpu];
  }

  void add(int cpu) {
    if (!contained[cpu]) {
      contained[cpu] = true;
      members[size++] = cpu;
    }
  }

  /** Adds one, or takes it out if it is there. */
  void flip(int cpu) {
    if (!contained[cpu]) {
      add(cpu);
      return;
    }
    contained[cpu] = false;
    int at = 0;
    while (members[at] != cpu) {
      at++;
    }
    System.arraycopy(members, at + 1, members, at, --size - at);
  }

  void clear() {
    while (size > 0) {
      contained[members[--size]] = false;
    }
  }
}
