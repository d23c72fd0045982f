package org.xivebench.replay.conformance;

import java.nio.file.Path;

/** Where the interrupt controller of a machine is. */
public enum Irqchip {
  /** KVM's device. */
  IN_KERNEL,
  /** The VMM's own. */
  EMULATED;

  /**
   * Returns what a file was made for, by the nearest folder {@code kvm} or {@code qemu} that it
   * lies below; emulated if it lies below neither.
   */
  static Irqchip of(Path file) {
    for (Path at = file.toAbsolutePath().normalize().getParent();
        at != null && at.getFileName() != null;
        at = at.getParent()) {
      switch (at.getFileName().toString()) {
        case "kvm" -> {
          return IN_KERNEL;
        }
        case "qemu" -> {
          return EMULATED;
        }
        default -> {}
      }
    }
    return EMULATED;
  }

  @Override
  public String toString() {
    return this == IN_KERNEL ? "in-kernel" : "emulated";
  }
}
