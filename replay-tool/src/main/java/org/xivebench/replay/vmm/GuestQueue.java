package org.xivebench.replay.vmm;

import org.xivebench.kvm.GuestMemory;
import org.xivebench.xive.QueueMemory;

/** An event queue in guest RAM, for the emulated hardware. */
final class GuestQueue implements QueueMemory {
  private final GuestMemory memory;
  private final long address;

  GuestQueue(GuestMemory memory, long address) {
    this.memory = memory;
    this.address = address;
  }

  @Override
  public void putEntry(int index, int bigEndianWord) {
    memory.writeInt(address + 4L * index, bigEndianWord);
  }

  @Override
  public int entry(int index) {
    return memory.readInt(address + 4L * index);
  }
}
