package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.xivebench.kvm.GuestMemory;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.replay.guest.EventQueueReader;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;

/**
 * What a recorded guest knew when a swap came: {@code GuestSource} and {@code GuestVcpu} events.
 * Which entries of its event queues it had not read is found in the model's memory.
 */
final class RecordedGuest implements GuestContext {
  private final GuestMemory memory;
  private final int[] servers;
  private final Map<Integer, GuestSource> sources = new HashMap<>();
  private final Set<Integer> inService = new HashSet<>();
  private final Map<Integer, RecordedVcpu> vcpus = new HashMap<>();

  private record RecordedVcpu(
      boolean ipiInService, int cppr, int xicsCppr, EventQueue queue, EventQueueReader reader) {}

  RecordedGuest(GuestMemory memory, List<Integer> servers) {
    this.memory = memory;
    this.servers = servers.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Takes what was recorded of a source, for the next swap. */
  void source(TraceEvent event, boolean lsi) {
    int number = event.getInt(TraceField.SOURCE);
    sources.put(
        number,
        new GuestSource(
            number,
            lsi,
            event.getInt(TraceField.LEVEL) != 0,
            event.getBoolean(TraceField.MASKED),
            event.getInt(TraceField.ROUTED_SERVER),
            event.getInt(TraceField.PRIORITY),
            event.getInt(TraceField.EISN)));
    if (event.getBoolean(TraceField.IN_SERVICE)) {
      inService.add(number);
    } else {
      inService.remove(number);
    }
  }

  /** Takes what was recorded of a vCPU, for the next swap. */
  void vcpu(TraceEvent event) {
    EventQueue queue =
        new EventQueue(
            event.getInt(TraceField.PRIORITY),
            event.get(TraceField.GUEST_ADDRESS),
            event.getInt(TraceField.ORDER));
    EventQueueReader reader = new EventQueueReader(memory, queue);
    reader.moveTo(event.getInt(TraceField.QUEUE_INDEX), event.getInt(TraceField.TOGGLE));
    vcpus.put(
        event.getInt(TraceField.SERVER),
        new RecordedVcpu(
            event.getBoolean(TraceField.IN_SERVICE),
            event.getInt(TraceField.CPPR),
            event.getInt(TraceField.XICS_CPPR),
            queue,
            reader));
  }

  @Override
  public List<GuestSource> sources() {
    List<GuestSource> list = new ArrayList<>(sources.values());
    list.sort((a, b) -> Integer.compare(a.number(), b.number()));
    return list;
  }

  @Override
  public int[] servers() {
    return servers.clone();
  }

  @Override
  public int ipiSource(int server) {
    for (int i = 0; i < servers.length; i++) {
      if (servers[i] == server) {
        return i;
      }
    }
    throw new IllegalArgumentException("no server " + server);
  }

  @Override
  public int ipiPriority(IrqType mode) {
    return Guest.ipiPriorityIn(mode);
  }

  @Override
  public int translatePriority(IrqType from, IrqType to, int priority) {
    return from == to ? priority : Guest.devicePriorityIn(to);
  }

  @Override
  public boolean isInService(int source) {
    return inService.contains(source);
  }

  @Override
  public boolean isIpiInService(int server) {
    return vcpus.get(server).ipiInService();
  }

  @Override
  public int cppr(int server, IrqType mode) {
    RecordedVcpu vcpu = vcpus.get(server);
    return mode == IrqType.XICS ? vcpu.xicsCppr() : vcpu.cppr();
  }

  @Override
  public EventQueue eventQueue(int server) {
    return vcpus.get(server).queue();
  }

  @Override
  public void forEachUnread(int server, IntConsumer eisn) {
    vcpus.get(server).reader().forEachUnread(eisn);
  }

  @Override
  public void enterMode(IrqType mode) {
    vcpus.values().forEach(vcpu -> vcpu.reader().reset());
  }
}
