package org.xivebench.replay.importer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the interrupt server numbers of a machine's vCPUs. QEMU's events name some vCPUs by index
 * and some by server number. The pseries machine gives each core {@code vsmt} numbers (a property
 * of the machine), of which its threads use the first: vCPU i has the number i / threads * vsmt + i
 * % threads.
 */
final class ServerNumbers {
  /** The most threads that a core can have. */
  private static final int MAX_THREADS = 8;

  /** What events showed of an index and a server number together. */
  private final Map<Integer, Integer> serverByIndex = new TreeMap<>();

  /** Server numbers that occurred. */
  private final Set<Integer> servers = new TreeSet<>();

  /**
   * A machine has one vCPU at least, although firmware that takes no interrupt does not show it.
   */
  private int highestIndex;

  private int threads = 1;
  private int vsmt = 1;

  /** A vCPU of this index occurred. */
  void sawIndex(int index) {
    highestIndex = Math.max(highestIndex, index);
  }

  /** A vCPU of this number occurred. */
  void sawServer(int server) {
    servers.add(server);
  }

  /** One vCPU was named both ways. */
  void sawBoth(int index, int server) {
    serverByIndex.putIfAbsent(index, server);
  }

  /**
   * Finds the machine's layout, the plainest that fits.
   *
   * @return false if none does
   */
  boolean resolve() {
    for (threads = 1; threads <= MAX_THREADS; threads *= 2) {
      for (vsmt = threads; vsmt <= QemuMachine.MAX_VCPUS; vsmt *= 2) {
        if (fits()) {
          servers.forEach(server -> sawIndex(indexOf(server)));
          return true;
        }
      }
    }
    return false;
  }

  private boolean fits() {
    return serverOf(highestIndex) < QemuMachine.MAX_VCPUS
        && servers.stream().allMatch(server -> server % vsmt < threads)
        && serverByIndex.entrySet().stream().allMatch(e -> serverOf(e.getKey()) == e.getValue());
  }

  /** The number of a vCPU. */
  int serverOf(int index) {
    return index / threads * vsmt + index % threads;
  }

  /** The index of the vCPU that has a number. */
  int indexOf(int server) {
    return server / vsmt * threads + server % vsmt;
  }

  /** The numbers of all vCPUs, in their order. */
  List<Integer> all() {
    List<Integer> all = new ArrayList<>();
    for (int index = 0; index <= highestIndex; index++) {
      all.add(serverOf(index));
    }
    return all;
  }
}
