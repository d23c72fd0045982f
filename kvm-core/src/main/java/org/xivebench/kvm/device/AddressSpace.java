package org.xivebench.kvm.device;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Schedule;

/**
 * The mappings of a device file: the kernel's {@code address_space} of its inode. Lives as long as
 * the file; a device that keeps a pointer to it for longer has a stale one.
 */
public final class AddressSpace {
  private final List<DeviceMapping> mappings = new CopyOnWriteArrayList<>();
  private final Lifetime lifetime;

  AddressSpace(String file) {
    this.lifetime = new Lifetime(() -> "address space of " + file);
  }

  /** Ends with the file. */
  public Lifetime lifetime() {
    return lifetime;
  }

  /**
   * Takes pages away from every mapping: {@code unmap_mapping_range}.
   *
   * @param fromPageOffset counted from the start of the file
   */
  public void zap(long fromPageOffset, int count) {
    lifetime.check();
    Schedule.reads(this);
    for (DeviceMapping mapping : mappings) {
      mapping.zap(fromPageOffset, count);
    }
  }

  List<DeviceMapping> mappings() {
    return mappings;
  }

  @Override
  public String toString() {
    return lifetime.toString();
  }
}
