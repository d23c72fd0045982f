package org.xivebench.replay.cli;

import java.util.List;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.UsageException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The machine of a command that makes one of its own, not one that a trace describes. */
final class MachineOptions {
  private static final int MOST_VCPUS = 64;

  @Option(
      names = "--vcpus",
      paramLabel = "N",
      description = "vCPUs of the machine; default: ${DEFAULT-VALUE}.")
  private int vcpus;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "Where the VM starts; default: the first by name.")
  private String backend;

  // Looked at by the launcher: the checks have to be on before the first lock is made.
  @SuppressWarnings("unused")
  @Option(names = "--lockdep", description = "Check the order of locks.")
  private boolean lockdep;

  @Mixin private ProtocolOptions protocol;

  /**
   * @param vcpus how many there are unless the user says so
   */
  MachineOptions(int vcpus) {
    this.vcpus = vcpus;
  }

  /**
   * Returns the number of vCPUs.
   *
   * @throws UsageException if it is not from 1 to 64
   */
  int vcpus() {
    if (vcpus < 1 || vcpus > MOST_VCPUS) {
      throw new UsageException("--vcpus " + vcpus + ": must be from 1 to " + MOST_VCPUS);
    }
    return vcpus;
  }

  /**
   * Returns the backend that the VM starts on.
   *
   * @throws UsageException if there is none of that name, or none at all
   */
  DeviceType first(List<DeviceType> all) {
    return backend == null ? BackendLookup.any(all) : BackendLookup.named(all, backend);
  }

  /**
   * Returns how the VM is configured.
   *
   * @throws UsageException for a name that there is not
   */
  VmConfig config() {
    return protocol.apply(VmConfig.DEFAULT);
  }
}
