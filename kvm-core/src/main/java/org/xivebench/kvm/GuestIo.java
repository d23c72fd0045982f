package org.xivebench.kvm;

import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.sync.Schedule;

/**
 * Which device pages the guest has in its physical address space: what a VMM's memory regions are.
 * A VMM sets them after it has mapped the device file, and clears them before it unmaps.
 */
public final class GuestIo {
  private volatile DeviceMapping esb;
  private volatile DeviceMapping tima;

  /** Returns the ESB pages, two for each source, trigger page first; or null. */
  public DeviceMapping esb() {
    Schedule.reads(this);
    return esb;
  }

  /** Returns the TIMA pages, four views of 64 KiB; or null. */
  public DeviceMapping tima() {
    Schedule.reads(this);
    return tima;
  }

  /** Puts device pages into the guest; null takes them away. */
  public void map(DeviceMapping esbPages, DeviceMapping timaPages) {
    Schedule.writes(this);
    esb = esbPages;
    tima = timaPages;
  }
}
