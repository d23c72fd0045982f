package org.xivebench.replay.vmm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.kvm.ExitHandler.MmioSpace;
import org.xivebench.kvm.GuestMemory;
import org.xivebench.kvm.IrqType;
import org.xivebench.xive.CamWord;
import org.xivebench.xive.EasWord;
import org.xivebench.xive.End;
import org.xivebench.xive.EndEsb;
import org.xivebench.xive.EndWord0;
import org.xivebench.xive.EndWord1;
import org.xivebench.xive.EndWord2;
import org.xivebench.xive.EndWord6;
import org.xivebench.xive.EndWord7;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.Opal;
import org.xivebench.xive.OpalCode;
import org.xivebench.xive.Quirk;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.Tima;
import org.xivebench.xive.TimaPage;
import org.xivebench.xive.Xive;

/**
 * A XIVE without KVM: hardware of the machine's own, on which every VP is always dispatched, so
 * that nothing escalates. All queue sizes, and queues that do not notify each time.
 *
 * <p>Which queues there are is kept here, as the guest asked for them. A queue outside RAM is one
 * that the hardware does not write.
 */
final class EmulatedXive implements XiveController, ControllerView {
  /** The OS ring after a reset: LSMFB, ACK#, AGE and PIPR 0xff. */
  private static final long INITIAL_RING = 0x0000_00ff_ff00_ffffL;

  private static final int PRIORITIES = 8;
  private static final TimaPage[] TIMA_PAGES = TimaPage.values();
  private static final int LARGEST_QUIRKY_ORDER = 12;
  private static final long MASKED_EAS = EasWord.VALID.mask() | EasWord.MASKED.mask();

  private final GuestMemory memory;
  private final InterruptMap interrupts;
  private final Quirks quirks;
  private final Xive hardware;
  private final int vpBase;
  private final Tima[] timas;

  /** By number; null where nobody has asked for the pages yet. */
  private final EsbSource[] sources = new EsbSource[InterruptMap.COUNT];

  private final Map<Integer, EndEsb> endPages = new HashMap<>();
  private final XiveController.Queue[] queues;

  /**
   * Resets a new controller.
   *
   * @param servers the server number of each vCPU
   * @param inputs the external interrupt input of each vCPU
   */
  EmulatedXive(
      GuestMemory memory,
      InterruptMap interrupts,
      List<Integer> servers,
      List<ExternalInput> inputs,
      Quirks quirks,
      ControllerObserver observer) {
    this.memory = memory;
    this.interrupts = interrupts;
    this.quirks = quirks;
    int order = 32 - Integer.numberOfLeadingZeros(interrupts.ipiCount());
    this.hardware =
        new Xive.Builder()
            .quirks(quirks)
            .singleEscalation(false)
            .irqCount(0)
            .vpCount(2 << order)
            .build();
    Opal opal = hardware.opal();
    this.vpBase = opal.allocateVpBlock(order);
    hardware.setPresentationObserver(vp -> observer.presented(vp - vpBase));
    this.queues = new XiveController.Queue[interrupts.ipiCount() * PRIORITIES];
    this.timas = new Tima[servers.size()];
    for (int i = 0; i < timas.length; i++) {
      int vp = vpBase + servers.get(i);
      require(opal.setVpInfo(vp, Opal.VP_ENABLED));
      timas[i] = hardware.newTima();
      timas[i].setInterruptLine(inputs.get(i));
      timas[i].storeOsRing(INITIAL_RING);
      timas[i].pushOsContext(CamWord.VO.mask() | hardware.nvt(vp).cam());
    }
    for (MachineSource source : interrupts.sources()) {
      sources[source.number()] =
          hardware.defineSource(source.number(), source.isLsi() ? EsbSource.LSI : 0);
    }
  }

  private static void require(int code) {
    if (code != OpalCode.SUCCESS) {
      throw new AssertionError("the emulated hardware refused: " + code);
    }
  }

  @Override
  public void disconnect() {
    for (Tima tima : timas) {
      tima.setInterruptLine(null);
      int unusedCam = tima.pullOsContext();
    }
  }

  @Override
  public IrqType mode() {
    return IrqType.XIVE;
  }

  // ---- sources

  @Override
  public void claim(MachineSource source) {
    EsbSource unusedPages = pages(source.number());
  }

  @Override
  public void free(MachineSource source) {
    pages(source.number()).setEas(MASKED_EAS);
  }

  @Override
  public void trigger(MachineSource source) {
    pages(source.number()).trigger();
  }

  @Override
  public void driveLine(MachineSource source) {
    pages(source.number()).setLine(source.isAsserted());
  }

  @Override
  public void setRoute(MachineSource source, SourceRoute route) {
    int end = (vpBase + route.server()) * PRIORITIES + route.priority();
    long eas = EasWord.route(end, route.eisn());
    pages(source.number()).setEas(route.masked() ? eas | EasWord.MASKED.mask() : eas);
  }

  @Override
  public void resetRoute(MachineSource source) {
    pages(source.number()).setEas(MASKED_EAS);
  }

  @Override
  public void sync(MachineSource source) {
    pages(source.number()).sync();
  }

  private EsbSource pages(int number) {
    EsbSource pages = sources[number];
    if (pages == null) {
      pages = hardware.defineSource(number, 0);
      sources[number] = pages;
    }
    return pages;
  }

  // ---- queues

  @Override
  public boolean canMapQueue(long address, int order) {
    return memory.contains(address, 1L << order)
        || (order <= LARGEST_QUIRKY_ORDER && quirks.has(Quirk.QUEUE_OUTSIDE_RAM));
  }

  @Override
  public void setQueue(int server, int priority, boolean alwaysNotify, long address, int order) {
    boolean inRam = memory.contains(address, 1L << order);
    int[] words = new int[8];
    words[0] = EndWord0.VALID.mask() | EndWord0.QUEUE_SIZE.of(order - 12);
    if (inRam) {
      words[0] |= EndWord0.ENQUEUE.mask();
    }
    if (alwaysNotify) {
      words[0] |= EndWord0.UNCONDITIONAL_NOTIFY.mask();
    }
    words[1] = EndWord1.GENERATION.mask();
    words[2] = EndWord2.ADDRESS_HIGH.of((int) (address >>> 32) & EndWord2.ADDRESS_HIGH.mask());
    words[3] = (int) address;
    words[6] = EndWord6.NVT_INDEX.of(vpBase + server);
    words[7] = EndWord7.PRIORITY.of(priority);
    end(server, priority).store(words, inRam ? new GuestQueue(memory, address) : null);
    queues[server * PRIORITIES + priority] =
        new XiveController.Queue(true, alwaysNotify, address, order, 1, 0);
  }

  @Override
  public void resetQueue(int server, int priority) {
    end(server, priority).store(new int[8], null);
    queues[server * PRIORITIES + priority] = null;
  }

  @Override
  public XiveController.Queue queue(int server, int priority) {
    XiveController.Queue queue = queues[server * PRIORITIES + priority];
    if (queue == null) {
      return XiveController.Queue.NONE;
    }
    int word1 = end(server, priority).word1();
    return new XiveController.Queue(
        true,
        queue.alwaysNotify(),
        queue.address(),
        queue.order(),
        EndWord1.GENERATION.get(word1),
        EndWord1.PAGE_OFFSET.get(word1));
  }

  private End end(int server, int priority) {
    return hardware.end(vpBase + server, priority);
  }

  @Override
  public void reset() {
    for (int i = 0; i < queues.length; i++) {
      if (queues[i] != null) {
        resetQueue(i / PRIORITIES, i % PRIORITIES);
      }
    }
    for (EsbSource source : sources) {
      if (source != null) {
        source.setEas(MASKED_EAS);
        long unusedOld = source.loadManagement(EsbOffset.SET_PQ_01);
      }
    }
  }

  @Override
  public XiveSource xiveSource(int number) {
    EsbSource source = pages(number);
    long eas = source.eas();
    int end = (int) EasWord.END_INDEX.get(eas);
    return new XiveSource(
        source.pq(),
        source.line(),
        EasWord.MASKED.get(eas) != 0,
        (int) EasWord.END_DATA.get(eas),
        end / PRIORITIES - vpBase,
        end % PRIORITIES);
  }

  @Override
  public ControllerView.Queue queueOf(int server, int priority) {
    boolean known = server >= 0 && server < interrupts.ipiCount();
    XiveController.Queue queue = known ? queue(server, priority) : XiveController.Queue.NONE;
    return new ControllerView.Queue(
        queue.valid(), queue.address(), queue.order(), queue.generation(), queue.index());
  }

  // ---- pages

  /** Returns the first 8 bytes of the OS ring of vCPU {@code cpu}, without being an access. */
  long osRing(int cpu) {
    return timas[cpu].loadOsRing();
  }

  @Override
  public long esbLoad(MachineSource source, long offset) {
    long page = 2L * source.number() + 1 + (offset >>> AddressMap.PAGE_SHIFT);
    return load(0, MmioSpace.ESB, (int) page, AddressMap.offset(offset), Long.BYTES);
  }

  @Override
  public void esbStore(MachineSource source, long offset, long value) {
    long page = 2L * source.number() + 1 + (offset >>> AddressMap.PAGE_SHIFT);
    store(0, MmioSpace.ESB, (int) page, AddressMap.offset(offset), Long.BYTES, value);
  }

  /** Loads from a page as vCPU {@code cpu} does. */
  long load(int cpu, MmioSpace space, int page, int offset, int size) {
    if (space == MmioSpace.TIMA) {
      return timas[cpu].load(TIMA_PAGES[page], offset, size);
    }
    EsbSource source = esbPages(page);
    long value;
    if (source == null) {
      value = EsbOffset.ALL_ONES;
    } else if (isOdd(offset, size)) {
      value = source.oddLoad();
    } else {
      value = isTrigger(page) ? source.loadTrigger(offset) : source.loadManagement(offset);
    }
    return size == Long.BYTES ? value : value & ((1L << (8 * size)) - 1);
  }

  /** Stores to a page as vCPU {@code cpu} does. */
  void store(int cpu, MmioSpace space, int page, int offset, int size, long value) {
    if (space == MmioSpace.TIMA) {
      timas[cpu].store(TIMA_PAGES[page], offset, size, value);
      return;
    }
    EsbSource source = esbPages(page);
    if (source == null || isOdd(offset, size)) {
      return;
    }
    if (isTrigger(page)) {
      source.storeTrigger(offset, value);
    } else {
      source.storeManagement(offset, value);
    }
  }

  private static boolean isTrigger(int page) {
    return (page & 1) == 0;
  }

  private static boolean isOdd(int offset, int size) {
    return size != Long.BYTES || (offset & 7) != 0;
  }

  /** Returns the pages of a number, or null where there are none. */
  private EsbSource esbPages(int page) {
    int number = page >>> 1;
    if (number >= InterruptMap.COUNT) {
      return null;
    }
    return interrupts.claimed(number) != null || quirks.has(Quirk.UNCLAIMED_ESB)
        ? pages(number)
        : null;
  }

  /**
   * Loads from an END's own pages, notification first: END index, then which of the two. All ones
   * where the access is not of 8 aligned bytes, as from a source's pages; 0 where there is no END.
   */
  long loadEnd(int page, int offset, int size) {
    EndEsb esb = endEsb(page);
    if (esb == null) {
      return 0;
    }
    if (!isOdd(offset, size)) {
      return esb.load(offset);
    }
    boolean disabled = quirks.has(Quirk.QUEUE_WITHOUT_NOTIFY);
    return disabled ? 0 : size == Long.BYTES ? EsbOffset.ALL_ONES : (1L << (8 * size)) - 1;
  }

  /** Stores to an END's own pages. */
  void storeEnd(int page, int offset, int size, long value) {
    EndEsb esb = endEsb(page);
    if (esb != null && !isOdd(offset, size)) {
      esb.store(offset, value);
    }
  }

  private EndEsb endEsb(int page) {
    int index = page >>> 1;
    if (index >= queues.length) {
      return null;
    }
    return endPages.computeIfAbsent(
        page,
        fresh ->
            hardware.endEsb(vpBase + index / PRIORITIES, index % PRIORITIES, isTrigger(fresh)));
  }
}
