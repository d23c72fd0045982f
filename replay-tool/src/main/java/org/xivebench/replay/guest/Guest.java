package org.xivebench.replay.guest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.GuestProgram;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.sync.Schedule;

/**
 * The guest kernel of one VM, as far as interrupts go: a program for each vCPU, and what a swap has
 * to know of them.
 *
 * <p>The guest gives a source the same number in both modes, and in XIVE mode lets its queue
 * entries say that number: EISN = LISN. IPIs are, as in Linux, messages: the sender leaves one at
 * the target and sends an interrupt; the target's handler takes it. So what was sent and not yet
 * taken is known without asking a controller, and is counted alike in both modes.
 */
public final class Guest implements GuestContext {
  /** log2 of the bytes of an event queue: the one size that KVM takes. */
  private static final int QUEUE_ORDER = 16;

  /** Where the event queues are; RAM below is the kernel's. */
  private static final long FIRST_QUEUE_ADDRESS = 16L << 20;

  /** RAM that a guest needs at least, with so many vCPUs. */
  public static long memoryBytes(int vcpus) {
    return FIRST_QUEUE_ADDRESS + ((long) vcpus << QUEUE_ORDER);
  }

  private final GuestEvents events;
  private final GuestDevices devices;
  private final int handlerSteps;
  private final XiveDriver xive;
  private final XicsDriver xics;
  private final List<GuestVcpu> vcpus = new ArrayList<>();
  private final int[] servers;
  private final Map<Integer, IrqDescriptor> descriptors = new ConcurrentHashMap<>();

  /** By vCPU: 1 = an IPI was sent and its handler has not taken it. */
  private final AtomicIntegerArray messages;

  /** Counts the changes of controller. Changed when every vCPU is outside the guest. */
  private final AtomicInteger generation = new AtomicInteger();

  /** The mode that the guest is in or enters. Changed when every vCPU is outside. */
  private volatile IrqType mode = IrqType.DEFAULT;

  /**
   * @param vm with all its vCPUs; their ids are their server numbers
   * @param tokens how the guest calls RTAS
   * @param handlerSteps how many guest operations an interrupt handler does beside the driver's
   * @param devices what the handlers of level-sensitive sources service
   * @param events is told what happens
   */
  public Guest(
      Vm vm, RtasTokens tokens, int handlerSteps, GuestDevices devices, GuestEvents events) {
    this.events = events;
    this.devices = devices;
    this.handlerSteps = handlerSteps;
    this.xive = new XiveDriver(this);
    this.xics = new XicsDriver(this, tokens);
    this.servers = vm.vcpus().stream().mapToInt(Vcpu::id).toArray();
    this.messages = new AtomicIntegerArray(servers.length);
    long address = FIRST_QUEUE_ADDRESS;
    for (Vcpu vcpu : vm.vcpus()) {
      EventQueue queue = new EventQueue(XiveDriver.PRIORITY, address, QUEUE_ORDER);
      vcpus.add(new GuestVcpu(this, vcpu, new EventQueueReader(vm.memory(), queue)));
      address += 1L << QUEUE_ORDER;
    }
  }

  // ---- for who runs the guest

  /** Returns what runs on a vCPU, by its index. It ends when the vCPU is stopped. */
  public GuestProgram program(int vcpuIndex) {
    return vcpus.get(vcpuIndex);
  }

  /**
   * Returns what runs on a vCPU, by its index, until it would go to sleep: nothing is in service,
   * waits for it, or is to be done.
   */
  public GuestProgram programUntilIdle(int vcpuIndex) {
    return vcpus.get(vcpuIndex)::runUntilIdle;
  }

  /** Makes every vCPU set up its part of the controller before anything else. */
  public List<GuestTask> bringUp() {
    List<GuestTask> tasks = new ArrayList<>();
    for (GuestVcpu vcpu : vcpus) {
      GuestTask task = GuestTask.bringUp();
      vcpu.post(task);
      tasks.add(task);
    }
    return tasks;
  }

  /** Makes a source known to the guest, masked. Does nothing if it is. */
  public void addSource(int number, boolean lsi) {
    descriptors.computeIfAbsent(number, fresh -> new IrqDescriptor(fresh, lsi));
  }

  /** Returns whether the guest knows a source. */
  public boolean hasSource(int number) {
    return descriptors.containsKey(number);
  }

  /** Returns whether a source is level-sensitive. */
  public boolean isLsi(int number) {
    IrqDescriptor irq = descriptors.get(number);
    return irq != null && irq.lsi;
  }

  /** Returns whether the guest has masked a source, or never configured it. */
  public boolean isMasked(int number) {
    IrqDescriptor irq = descriptors.get(number);
    return irq == null || irq.masked;
  }

  /** The VMM says that the line of an LSI has changed; before it tells the controller. */
  public void setAsserted(int number, boolean asserted) {
    descriptors.get(number).asserted = asserted;
  }

  /** Returns whether the line of an LSI is up. */
  public boolean isAsserted(int number) {
    return descriptors.get(number).asserted;
  }

  /** Gives a vCPU something to do, by its index. */
  public void post(int vcpuIndex, GuestTask task) {
    vcpus.get(vcpuIndex).post(task);
  }

  /** Returns whether every vCPU sleeps with nothing in service and nothing to do. */
  public boolean isIdle() {
    return vcpus.stream().allMatch(GuestVcpu::isIdle);
  }

  /** Returns whether a vCPU, by its index, sleeps with nothing in service and nothing to do. */
  public boolean isIdle(int vcpuIndex) {
    return vcpus.get(vcpuIndex).isIdle();
  }

  /** Returns what a vCPU is about to do, or null: for reports. */
  public GuestTask firstTask(int vcpuIndex) {
    return vcpus.get(vcpuIndex).firstTask();
  }

  /** Returns whether an IPI was sent to a vCPU, by its index, and its handler has not taken it. */
  public boolean hasMessage(int vcpuIndex) {
    return messages.get(vcpuIndex) != 0;
  }

  // ---- for the vCPUs

  InterruptDriver driver(IrqType mode) {
    return mode == IrqType.XIVE ? xive : xics;
  }

  XiveDriver xive() {
    return xive;
  }

  GuestEvents events() {
    return events;
  }

  GuestDevices devices() {
    return devices;
  }

  int handlerSteps() {
    return handlerSteps;
  }

  int generation() {
    return generation.get();
  }

  IrqDescriptor descriptor(int number) {
    return descriptors.get(number);
  }

  boolean isIpiSource(int number) {
    return number < servers.length;
  }

  /** Takes a descriptor's lock; a vCPU that waits for it can be made to leave the guest. */
  void lock(GuestCpu cpu, IrqDescriptor irq) {
    while (!irq.tryLock()) {
      cpu.compute();
    }
  }

  void leaveMessage(int server) {
    Schedule.writes(messages);
    events.ipiSent(server, messages.getAndSet(indexOf(server), 1) != 0);
  }

  boolean takeMessage(int server) {
    Schedule.writes(messages);
    return messages.getAndSet(indexOf(server), 0) != 0;
  }

  private int indexOf(int server) {
    for (int i = 0; i < servers.length; i++) {
      if (servers[i] == server) {
        return i;
      }
    }
    throw new IllegalArgumentException("no server " + server);
  }

  // ---- GuestContext: for a swap, when every vCPU is outside

  @Override
  public List<GuestSource> sources() {
    return descriptors.values().stream()
        .sorted(Comparator.comparingInt(irq -> irq.number))
        .map(this::describe)
        .toList();
  }

  private GuestSource describe(IrqDescriptor irq) {
    return new GuestSource(
        irq.number,
        irq.lsi,
        irq.asserted,
        irq.masked,
        irq.server,
        devicePriority(mode),
        irq.number);
  }

  @Override
  public int[] servers() {
    return servers.clone();
  }

  @Override
  public int ipiSource(int server) {
    return indexOf(server);
  }

  @Override
  public int ipiPriority(IrqType ofMode) {
    return ipiPriorityIn(ofMode);
  }

  /** Returns the priority that Linux gives IPIs in a mode. */
  public static int ipiPriorityIn(IrqType ofMode) {
    return ofMode == IrqType.XICS ? XicsDriver.IPI_PRIORITY : XiveDriver.PRIORITY;
  }

  /** Returns the priority of devices in a mode. */
  public int devicePriority(IrqType ofMode) {
    return devicePriorityIn(ofMode);
  }

  /** Returns the priority that Linux gives devices in a mode. */
  public static int devicePriorityIn(IrqType ofMode) {
    return ofMode == IrqType.XICS ? XicsDriver.DEVICE_PRIORITY : XiveDriver.PRIORITY;
  }

  @Override
  public int translatePriority(IrqType from, IrqType to, int priority) {
    if (from == to) {
      return priority;
    }
    // Only sources are asked for, and those have one priority in each mode.
    return devicePriority(to);
  }

  @Override
  public boolean isInService(int source) {
    return vcpus.stream().anyMatch(vcpu -> vcpu.hasInService(source, false));
  }

  @Override
  public boolean isIpiInService(int server) {
    return vcpus.get(indexOf(server)).hasInService(server, true);
  }

  @Override
  public int cppr(int server, IrqType ofMode) {
    Frame top = vcpus.get(indexOf(server)).topInService();
    if (ofMode == IrqType.XICS) {
      return XicsDriver.priorityOf(top);
    }
    return top == null ? XiveDriver.ALL_PRIORITIES : XiveDriver.PRIORITY;
  }

  @Override
  public EventQueue eventQueue(int server) {
    return vcpus.get(indexOf(server)).queue().queue();
  }

  /** Returns the index of the first entry that the guest has not read in a server's queue. */
  public int queueIndex(int server) {
    return vcpus.get(indexOf(server)).queue().index();
  }

  /** Returns the generation bit of the entries that the guest has read last there. */
  public int queueToggle(int server) {
    return vcpus.get(indexOf(server)).queue().toggle();
  }

  @Override
  public void forEachUnread(int server, IntConsumer eisn) {
    vcpus.get(indexOf(server)).queue().forEachUnread(eisn);
  }

  @Override
  public void enterMode(IrqType newMode) {
    mode = newMode;
    int unusedGeneration = generation.incrementAndGet();
    for (GuestVcpu vcpu : vcpus) {
      vcpu.forgetAcknowledged();
      vcpu.queue().reset();
      vcpu.setCppr(cppr(vcpu.server(), IrqType.XIVE));
    }
    for (IrqDescriptor irq : descriptors.values()) {
      irq.savedP = newMode == IrqType.XIVE && irq.masked && isInService(irq.number);
    }
  }
}
