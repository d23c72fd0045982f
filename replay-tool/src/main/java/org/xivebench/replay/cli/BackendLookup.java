package org.xivebench.replay.cli;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.replay.UsageException;

/** Finds the backend for a mode, for commands that need one by and by. */
final class BackendLookup {
  private BackendLookup() {}

  /**
   * Looks among those that are there at the time.
   *
   * @param backends null outside of a framework: none is found then
   */
  static Function<IrqType, DeviceType> in(Backends backends) {
    return backends == null
        ? BackendLookup::missing
        : mode ->
            backends.all().stream()
                .filter(type -> type.irqType() == mode)
                .findFirst()
                .orElseGet(() -> missing(mode));
  }

  /**
   * Returns the first backend.
   *
   * @throws UsageException if there is none
   */
  static DeviceType any(List<DeviceType> all) {
    return first(all, type -> true, "");
  }

  /**
   * Returns the backend of a name.
   *
   * @throws UsageException if there is none of that name, or none at all
   */
  static DeviceType named(List<DeviceType> all, String name) {
    return first(all, type -> type.name().equals(name), "unknown backend " + name + "; there are ");
  }

  /**
   * Returns the first backend that is wanted.
   *
   * @param otherwise what to say, before the names of those that there are
   * @throws UsageException if there is none such, or none at all
   */
  static DeviceType first(List<DeviceType> all, Predicate<DeviceType> wanted, String otherwise) {
    return all.stream()
        .filter(wanted)
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    all.isEmpty()
                        ? "no backend was found; is there one in bundles/?"
                        : otherwise
                            + all.stream()
                                .map(DeviceType::name)
                                .collect(Collectors.joining(", "))));
  }

  private static DeviceType missing(IrqType mode) {
    throw new UsageException(
        "no backend for "
            + mode
            + " was found, which the in-kernel device needs; 'xivebench backends' lists those that"
            + " were");
  }
}
