package org.xivebench.replay.vmm;

import java.util.List;
import java.util.stream.IntStream;
import org.xivebench.kvm.VmConfig;
import org.xivebench.xive.Quirks;

/**
 * What a machine is made with.
 *
 * @param servers the server number of each vCPU; also its id
 * @param interrupts the interrupt numbers; changed as devices claim and free them, so not to be
 *     shared by machines
 * @param mode what the guest is offered
 * @param vm memory, protocol and kernel
 * @param quirks of the emulated controllers; in-kernel devices have none
 */
public record MachineConfig(
    List<Integer> servers,
    InterruptMap interrupts,
    InterruptMode mode,
    VmConfig vm,
    Quirks quirks) {

  /**
   * @throws IllegalArgumentException without a vCPU, or for a server number twice or beyond the
   *     IPIs
   */
  public MachineConfig {
    servers = List.copyOf(servers);
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("a machine without vCPUs");
    }
    for (int server : servers) {
      if (server < 0 || server >= interrupts.ipiCount()) {
        throw new IllegalArgumentException("server number without an IPI: " + server);
      }
    }
    if (servers.stream().distinct().count() != servers.size()) {
      throw new IllegalArgumentException("a server number twice: " + servers);
    }
  }

  /** Returns a machine with {@code vcpuCount} vCPUs, servers 0 and up, and the standard numbers. */
  public static MachineConfig standard(int vcpuCount, InterruptMode mode, VmConfig vm) {
    List<Integer> servers = IntStream.range(0, vcpuCount).boxed().toList();
    return new MachineConfig(servers, InterruptMap.standard(vcpuCount), mode, vm, Quirks.NONE);
  }
}
