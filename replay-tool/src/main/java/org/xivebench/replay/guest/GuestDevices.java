package org.xivebench.replay.guest;

/** The devices behind the guest's level-sensitive sources, as the guest's drivers reach them. */
@FunctionalInterface
public interface GuestDevices {
  /**
   * The handler of a level-sensitive source does what its device asks for, whereupon the device
   * lowers its line. Called as a VMM serves an access to a device: outside the guest, with {@code
   * Vm.swapLock} held.
   *
   * @param server where the handler runs
   */
  void service(int source, int server);
}
