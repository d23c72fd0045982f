package org.xivebench.replay.vmm;

import java.util.List;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * KVM's XIVE as a VMM drives it: through attributes and mappings.
 *
 * <p>Source: Documentation/virt/kvm/devices/xive.rst, Linux v5.10; the order of calls as QEMU 7.2
 * makes them.
 */
final class InKernelXive implements XiveController, InKernelController {
  private static final int CTRL = 1;
  private static final int CTRL_RESET = 1;
  private static final int CTRL_NR_SERVERS = 3;
  private static final int SOURCE = 2;
  private static final int SOURCE_CONFIG = 3;
  private static final int EQ_CONFIG = 4;
  private static final int SOURCE_SYNC = 5;

  private static final long SOURCE_LEVEL_SENSITIVE = 1;
  private static final long SOURCE_ASSERTED = 2;

  private static final long CONFIG_MASKED = 1L << 32;
  private static final int CONFIG_SERVER_SHIFT = 3;
  private static final int CONFIG_EISN_SHIFT = 33;

  private static final int EQ_SIZE_BYTES = 64;
  private static final int EQ_FLAGS = 0;
  private static final int EQ_QSHIFT = 4;
  private static final int EQ_QADDR = 8;
  private static final int EQ_QTOGGLE = 16;
  private static final int EQ_QINDEX = 20;
  private static final int EQ_ALWAYS_NOTIFY = 1;

  private static final int TIMA_PAGE_OFFSET = 0;
  private static final int ESB_PAGE_OFFSET = 4;

  private final Vm vm;
  private final DeviceFile file;
  private DeviceMapping esb;
  private DeviceMapping tima;

  private InKernelXive(Vm vm, DeviceFile file) {
    this.vm = vm;
    this.file = file;
  }

  /**
   * Creates the device, maps its pages into the guest, connects every vCPU and makes the sources
   * known, in this order.
   *
   * @param servers the server number of each vCPU
   * @throws ErrnoException what one of the calls gave; then nothing is left
   */
  static InKernelXive connect(
      Vm vm, DeviceType type, InterruptMap interrupts, List<Integer> servers)
      throws ErrnoException {
    InKernelXive xive = new InKernelXive(vm, vm.createDevice(type));
    try {
      setServerCount(xive.file, CTRL, CTRL_NR_SERVERS, interrupts.ipiCount());
      xive.esb = xive.file.mmap(ESB_PAGE_OFFSET, 2L * InterruptMap.COUNT);
      xive.tima = xive.file.mmap(TIMA_PAGE_OFFSET, AddressMap.TIMA_PAGES);
      for (int i = 0; i < servers.size(); i++) {
        vm.vcpus().get(i).enableCap(type.connectCapability(), 0, xive.file, servers.get(i));
      }
      for (MachineSource source : interrupts.sources()) {
        if (source.isClaimed()) {
          xive.claim(source);
        }
      }
    } catch (ErrnoException | RuntimeException | Error e) {
      InKernelController.disconnectAfter(e, xive);
      throw e;
    }
    // Last: a guest that found the pages before its vCPU is connected would find a dead TIMA.
    vm.guestIo().map(xive.esb, xive.tima);
    return xive;
  }

  /** Tells a device how many servers there may be, if it wants to know. */
  static void setServerCount(DeviceFile file, int group, int attribute, int count)
      throws ErrnoException {
    try {
      file.hasAttr(group, attribute);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENXIO) {
        return; // kernels before v5.5
      }
      throw e;
    }
    file.setAttr(group, attribute, UserBuffer.ofInt(count));
  }

  /** Takes the pages out of the guest, unmaps them, and closes the descriptor. */
  @Override
  public void disconnect() {
    vm.guestIo().map(null, null);
    if (esb != null) {
      esb.close();
    }
    if (tima != null) {
      tima.close();
    }
    file.close();
  }

  @Override
  public DeviceFile file() {
    return file;
  }

  @Override
  public IrqType mode() {
    return IrqType.XIVE;
  }

  @Override
  public void claim(MachineSource source) throws ErrnoException {
    long word = 0;
    if (source.isLsi()) {
      word = SOURCE_LEVEL_SENSITIVE | (source.isAsserted() ? SOURCE_ASSERTED : 0);
    }
    file.setAttr(SOURCE, source.number(), UserBuffer.ofLong(word));
  }

  @Override
  public void free(MachineSource source) {
    // KVM has no call for it; the hypercalls refuse the number from now on.
  }

  @Override
  public void trigger(MachineSource source) throws ErrnoException {
    store(managementPage(source), 0, 0);
  }

  /** Each change of the line is a trigger, down too, as QEMU 7.2 does it. */
  @Override
  public void driveLine(MachineSource source) throws ErrnoException {
    trigger(source);
  }

  @Override
  public boolean canMapQueue(long address, int order) {
    return vm.memory().contains(address, 1L << order);
  }

  @Override
  public void setRoute(MachineSource source, SourceRoute route) throws ErrnoException {
    long word =
        ((long) route.eisn() << CONFIG_EISN_SHIFT)
            | (route.masked() ? CONFIG_MASKED : 0)
            | ((long) route.server() << CONFIG_SERVER_SHIFT)
            | route.priority();
    file.setAttr(SOURCE_CONFIG, source.number(), UserBuffer.ofLong(word));
  }

  /** Not told to KVM, which keeps the old route: QEMU 7.2 does so. */
  @Override
  public void resetRoute(MachineSource source) {}

  private static long queueId(int server, int priority) {
    return ((long) server << 3) | priority;
  }

  @Override
  public void setQueue(int server, int priority, boolean alwaysNotify, long address, int order)
      throws ErrnoException {
    UserBuffer queue = UserBuffer.ofSize(EQ_SIZE_BYTES);
    queue.putInt(EQ_FLAGS, alwaysNotify ? EQ_ALWAYS_NOTIFY : 0);
    queue.putInt(EQ_QSHIFT, order);
    queue.putLong(EQ_QADDR, address);
    queue.putInt(EQ_QTOGGLE, 1);
    queue.putInt(EQ_QINDEX, 0);
    file.setAttr(EQ_CONFIG, queueId(server, priority), queue);
  }

  @Override
  public void resetQueue(int server, int priority) throws ErrnoException {
    file.setAttr(EQ_CONFIG, queueId(server, priority), UserBuffer.ofSize(EQ_SIZE_BYTES));
  }

  @Override
  public Queue queue(int server, int priority) throws ErrnoException {
    UserBuffer queue = UserBuffer.ofSize(EQ_SIZE_BYTES);
    file.getAttr(EQ_CONFIG, queueId(server, priority), queue);
    int order = queue.getInt(EQ_QSHIFT);
    if (order == 0) {
      return Queue.NONE;
    }
    return new Queue(
        true,
        (queue.getInt(EQ_FLAGS) & EQ_ALWAYS_NOTIFY) != 0,
        queue.getLong(EQ_QADDR),
        order,
        queue.getInt(EQ_QTOGGLE),
        queue.getInt(EQ_QINDEX));
  }

  @Override
  public long esbLoad(MachineSource source, long offset) throws ErrnoException {
    IoPage page = managementPage(source);
    if (!source.isLsi() || offset != EsbOffset.LOAD_EOI) {
      return load(page, (int) offset);
    }
    // The device behind an LSI is an edge source: its level is known here only.
    long unusedOld = load(page, EsbOffset.SET_PQ_00);
    if (source.isAsserted()) {
      trigger(source);
    }
    return Pq.RESET;
  }

  @Override
  public void esbStore(MachineSource source, long offset, long value) throws ErrnoException {
    store(managementPage(source), (int) offset, value);
  }

  @Override
  public void sync(MachineSource source) throws ErrnoException {
    file.setAttr(SOURCE_SYNC, source.number(), UserBuffer.unreadable());
  }

  @Override
  public void reset() throws ErrnoException {
    file.setAttr(CTRL, CTRL_RESET, UserBuffer.unreadable());
  }

  private IoPage managementPage(MachineSource source) throws ErrnoException {
    IoPage page = esb.page(2 * source.number() + 1);
    if (page == null) {
      throw new ErrnoException(Errno.EFAULT, "no ESB page, source=" + source.number());
    }
    return page;
  }

  private long load(IoPage page, int offset) {
    return page.load(anyVcpu(), offset, Long.BYTES);
  }

  private void store(IoPage page, int offset, long value) {
    page.store(anyVcpu(), offset, Long.BYTES, value);
  }

  /** An ESB page does not care who accesses it. */
  private Vcpu anyVcpu() {
    return vm.vcpus().get(0);
  }
}
