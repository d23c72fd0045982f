package org.xivebench.kvm.device;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.TaskWork;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.RefCount;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.WaitQueue;

/**
 * The open file of a device. It counts references: the descriptor, one for each mapping, one for
 * each call in progress. When the last goes the device is released, once, under {@code Vm.lock};
 * nothing else releases it.
 *
 * <p>Who drops the last reference may hold {@code Vcpu.mutex} or be inside {@code Vcpu.run}; then
 * release runs as soon as that thread has left that scope (the kernel's task work), because it
 * takes {@code Vm.lock}, which is outside those.
 */
public final class DeviceFile implements AutoCloseable {
  private final Vm vm;
  private final Device device;
  private final RefCount references;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean releasing = new AtomicBoolean();
  private final AddressSpace addressSpace;
  private final WaitQueue released;
  private volatile boolean isReleased;

  /** Made by {@link Vm#createDevice}. */
  public DeviceFile(Vm vm, Device device) {
    this.vm = vm;
    this.device = device;
    this.references = new RefCount(this);
    this.addressSpace = new AddressSpace(device.deviceType().opsName());
    this.released = new WaitQueue(device.deviceType().opsName() + " released");
  }

  /** Returns the VM that it belongs to. */
  public Vm vm() {
    return vm;
  }

  /** Returns the device, for KVM's own code; a VMM uses the calls below. */
  public Device device() {
    return device;
  }

  /**
   * An ioctl of the file, by its number; the arguments are the fields of {@code struct
   * kvm_device_attr}, but its flags, which mean nothing.
   *
   * @param user the memory that {@code addr} names; HAS does not look there
   * @throws ErrnoException EBADF after {@link #close}; EIO if the VM is broken; ENOTTY for a
   *     request that is none; else as the device says
   */
  public void ioctl(int request, int group, long attr, UserBuffer user) throws ErrnoException {
    get();
    try {
      vm.checkUsable();
      switch (request) {
        case KvmUapi.KVM_SET_DEVICE_ATTR -> device.setAttr(group, attr, user);
        case KvmUapi.KVM_GET_DEVICE_ATTR -> device.getAttr(group, attr, user);
        case KvmUapi.KVM_HAS_DEVICE_ATTR -> device.hasAttr(group, attr);
        default ->
            throw new ErrnoException(Errno.ENOTTY, "no request 0x" + Integer.toHexString(request));
      }
    } finally {
      put();
    }
  }

  /**
   * KVM_SET_DEVICE_ATTR.
   *
   * @throws ErrnoException EBADF, EIO, and as the device says
   */
  public void setAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    ioctl(KvmUapi.KVM_SET_DEVICE_ATTR, group, attr, user);
  }

  /**
   * KVM_GET_DEVICE_ATTR.
   *
   * @throws ErrnoException EBADF, EIO, and as the device says
   */
  public void getAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    ioctl(KvmUapi.KVM_GET_DEVICE_ATTR, group, attr, user);
  }

  /**
   * KVM_HAS_DEVICE_ATTR.
   *
   * @throws ErrnoException EBADF, EIO, and ENXIO if the device does not have it
   */
  public void hasAttr(int group, long attr) throws ErrnoException {
    ioctl(KvmUapi.KVM_HAS_DEVICE_ATTR, group, attr, UserBuffer.unreadable());
  }

  /**
   * mmap of the file.
   *
   * @param pageOffset in 64 KiB pages
   * @param pages how many
   * @throws ErrnoException EBADF after {@link #close}; ENODEV, EINVAL as the device says
   */
  public DeviceMapping mmap(long pageOffset, long pages) throws ErrnoException {
    get();
    try {
      DeviceMapping mapping = new DeviceMapping(this, pageOffset, pages);
      Schedule.writes(references);
      references.incrementAndGet();
      Schedule.writes(addressSpace);
      addressSpace.mappings().add(mapping);
      return mapping;
    } finally {
      put();
    }
  }

  /**
   * KVM_ENABLE_CAP of a capability that connects a vCPU to this device.
   *
   * @param capability {@code KVM_CAP_IRQ_XICS} or {@code KVM_CAP_PPC_IRQ_XIVE}
   * @throws ErrnoException EBADF after {@link #close}; EPERM if the device is of another type or
   *     VM; else as the device says
   */
  public void connect(Vcpu vcpu, int capability, int server) throws ErrnoException {
    vcpu.lockMutex();
    try {
      get();
      try {
        if (capability != device.deviceType().connectCapability() || vcpu.vm() != vm) {
          throw new ErrnoException(Errno.EPERM, "the capability or the VM is not the device's");
        }
        device.connectVcpu(vcpu, server);
      } finally {
        put();
      }
    } finally {
      vcpu.unlockMutex();
    }
  }

  /** Returns the mappings that there are. */
  public List<DeviceMapping> mappings() {
    Schedule.reads(addressSpace);
    return addressSpace.mappings();
  }

  /** Returns what its mappings belong to. */
  public AddressSpace addressSpace() {
    return addressSpace;
  }

  void forget(DeviceMapping mapping) {
    Schedule.writes(addressSpace);
    addressSpace.mappings().remove(mapping);
  }

  /**
   * Closes the descriptor. Releases the device if that was the last reference. A second call does
   * nothing.
   */
  @Override
  public void close() {
    Schedule.point(PointKind.WRITE, references);
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (!vm.protocol().has(Step.FILE_REFERENCES)) {
      // The safeguard is left out: whoever still maps the device or is inside a call is not waited
      // for.
      releaseOnce();
    }
    put();
  }

  /** Takes a reference for a call. */
  private void get() throws ErrnoException {
    Schedule.point(PointKind.WRITE, references);
    if (closed.get()) {
      throw new ErrnoException(Errno.EBADF, "the descriptor is closed");
    }
    int now;
    do {
      now = references.get();
      if (now == 0) {
        throw new ErrnoException(Errno.EBADF, "the descriptor is closed");
      }
    } while (!references.compareAndSet(now, now + 1));
  }

  /** Drops a reference. */
  void put() {
    Schedule.point(PointKind.WRITE, references);
    if (references.decrementAndGet() == 0) {
      releaseOnce();
    }
  }

  private void releaseOnce() {
    Schedule.writes(references);
    if (releasing.compareAndSet(false, true)) {
      TaskWork.runOutsideScopes(this::release);
    }
  }

  private void release() {
    try {
      vm.releaseDevice(device);
    } finally {
      addressSpace.lifetime().free("fput");
      Schedule.writes(released);
      isReleased = true;
      released.wakeAll();
      vm.put();
    }
  }

  /** Returns whether the device has been released. */
  public boolean isReleased() {
    Schedule.reads(released);
    return isReleased;
  }

  /**
   * Waits until the device has been released; somebody else may be about to drop the last
   * reference.
   *
   * @return whether it has
   */
  public boolean awaitReleased(long timeoutNanos) {
    return released.awaitNanos(() -> isReleased, timeoutNanos);
  }

  @Override
  public String toString() {
    return device.deviceType().opsName();
  }
}
