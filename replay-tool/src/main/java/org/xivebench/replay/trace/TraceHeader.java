package org.xivebench.replay.trace;

import java.util.BitSet;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a trace says of the machine before its first event.
 *
 * @param version version of the format, {@link #VERSION} for traces written by this program
 * @param mode the interrupt mode of the guest
 * @param origin where the trace comes from, in words, such as {@code qemu log snap-xive.log.gz}
 * @param firstSource lowest number that an external interrupt has; below are the IPIs of XIVE mode
 * @param servers server number of each vCPU, by vCPU index
 * @param sources every source that the trace names, IPIs of XIVE mode among them
 * @param observed the kinds of observation that were recorded each time: where one of them is
 *     missing, it did not happen. Others may occur too, but their absence says nothing
 */
public record TraceHeader(
    int version,
    TraceMode mode,
    String origin,
    int firstSource,
    List<Integer> servers,
    List<Source> sources,
    Set<TraceKind> observed) {
  /** The version that this program writes, and the only one that it reads. */
  public static final int VERSION = 1;

  /** Number of the first external interrupt of the pseries machine. */
  public static final int PSERIES_FIRST_SOURCE = 0x1000;

  /**
   * An interrupt source.
   *
   * @param number LISN in XIVE mode, interrupt number in XICS mode
   * @param lsi whether it has a level; otherwise each trigger is an edge
   */
  public record Source(int number, boolean lsi) {}

  /** Copies the lists. */
  public TraceHeader {
    servers = List.copyOf(servers);
    sources = List.copyOf(sources);
    EnumSet<TraceKind> kinds = EnumSet.noneOf(TraceKind.class);
    kinds.addAll(observed);
    observed = Collections.unmodifiableSet(kinds);
  }

  /** A header of the current version for a pseries machine. */
  public static TraceHeader of(
      TraceMode mode, String origin, List<Integer> servers, List<Source> sources) {
    return new TraceHeader(VERSION, mode, origin, PSERIES_FIRST_SOURCE, servers, sources, Set.of());
  }

  /** Returns this with other kinds of observation that were recorded each time. */
  public TraceHeader withObserved(Set<TraceKind> kinds) {
    return new TraceHeader(version, mode, origin, firstSource, servers, sources, kinds);
  }

  /** The names of {@link #observed}, as they stand in a trace: separated by spaces. */
  String observedNames() {
    return observed.stream().map(TraceKind::simpleName).collect(Collectors.joining(" "));
  }

  /** The kinds of such names; those of a later version are left out. */
  static Set<TraceKind> kindsOf(String names) {
    List<String> list = names == null ? List.of() : List.of(names.split(" "));
    return TraceKind.all().stream()
        .filter(kind -> list.contains(kind.simpleName()))
        .collect(Collectors.toSet());
  }

  /** Number of vCPUs, those among them that are plugged in later. */
  public int vcpuCount() {
    return servers.size();
  }

  /** Whether a XIVE trigger of this source is an IPI: its number is below that of the devices. */
  public boolean isIpi(int source) {
    return source < firstSource;
  }

  /** A quick test of whether the numbers in an event are among those that this header names. */
  Names names() {
    return new Names(this);
  }

  /** The numbers of a header, arranged for looking them up. */
  static final class Names {
    /** Numbers of the pseries machine are below; others may occur and need no bit set. */
    private static final int LOW_LIMIT = 1 << 16;

    private final BitSet low = new BitSet();
    private final Set<Long> high = new HashSet<>();
    private final long[] servers;
    private final int vcpuCount;

    private final TraceHeader header;

    private Names(TraceHeader header) {
      this.header = header;
      for (Source source : header.sources) {
        if (isLow(source.number)) {
          low.set(source.number);
        } else {
          high.add((long) source.number);
        }
      }
      vcpuCount = header.servers.size();
      servers = header.servers.stream().mapToLong(Integer::longValue).toArray();
    }

    /** Says what an event names that the header does not have, or returns null. */
    String problem(TraceEvent event) {
      if (event.vcpu() != TraceEvent.NO_VCPU && !hasVcpu(event.vcpu())) {
        return unknown(event, "vCPU " + event.vcpu(), vcpuCount + " vCPUs");
      }
      TraceKind kind = event.kind();
      int slot = kind.vcpuSlot();
      if (slot != TraceKind.NO_SLOT && !hasVcpu(event.valueAt(slot))) {
        return unknown(event, "vCPU " + event.valueAt(slot), vcpuCount + " vCPUs");
      }
      slot = kind.serverSlot();
      if (slot != TraceKind.NO_SLOT && !hasServer(event.valueAt(slot))) {
        return unknown(event, "server " + event.valueAt(slot), "servers " + header.servers);
      }
      slot = kind.sourceSlot();
      if (slot != TraceKind.NO_SLOT && !hasSource(event.valueAt(slot))) {
        String name = "source 0x" + Long.toHexString(event.valueAt(slot));
        return unknown(event, name, header.sources.size() + " sources");
      }
      return null;
    }

    private static String unknown(TraceEvent event, String what, String has) {
      return event.kind().jfrName()
          + " names "
          + what
          + ", which the trace's header does not have ("
          + has
          + ")";
    }

    private static boolean isLow(long number) {
      return number >= 0 && number < LOW_LIMIT;
    }

    private boolean hasSource(long number) {
      return isLow(number) ? low.get((int) number) : high.contains(number);
    }

    private boolean hasServer(long number) {
      for (long server : servers) {
        if (server == number) {
          return true;
        }
      }
      return false;
    }

    private boolean hasVcpu(long index) {
      return index >= 0 && index < vcpuCount;
    }
  }
}
