package org.xivebench.xivenative;

import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.CarriedSource.Event;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.kvm.device.GuestContext.EventQueue;
import org.xivebench.kvm.device.GuestContext.GuestSource;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.device.InterruptState.CarriedIpi;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.StateCarrier;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.OsRingWord;
import org.xivebench.xive.Pq;

/**
 * Saves and restores by EQ_SYNC, ESB loads and queue pages; SOURCE, EQ_CONFIG, SOURCE_CONFIG,
 * VP_STATE, and ESB accesses. The entry of an IPI is taken to be the number of its source.
 *
 * <p>What PQ means of a source that the guest has not masked:
 *
 * <pre>
 *              its entry is unread   the guest owes its EOI   neither
 *   P set           WAITING                IN_SERVICE           LOST
 *   P clear         WAITING                NONE                 NONE
 * </pre>
 *
 * <p>A guest masks by PQ 01, which drops what comes. A source masked in another mode keeps its
 * event: that is carried in as P without an entry, which the driver finds when it unmasks. A second
 * event cannot be kept that way, so then the first is sent, although the source is masked.
 */
final class XiveNativeStateCarrier implements StateCarrier {
  private static final int TRIGGER_PAGE = 0;
  private static final int MANAGEMENT_PAGE = 1;
  private static final int ACCESS_BYTES = Long.BYTES;

  // ---- capture

  @Override
  public InterruptState capture(Vm vm, DeviceFile file, GuestContext guest) throws ErrnoException {
    file.setAttr(
        XiveUapi.KVM_DEV_XIVE_GRP_CTRL, XiveUapi.KVM_DEV_XIVE_EQ_SYNC, UserBuffer.unreadable());
    Pages pages = new Pages(vm);
    Set<Integer> unread = new HashSet<>();
    for (int server : guest.servers()) {
      guest.forEachUnread(server, unread::add);
    }
    List<CarriedSource> sources = new ArrayList<>();
    for (GuestSource source : guest.sources()) {
      int pq = pages.pq(source.number(), EsbOffset.GET);
      boolean inService = guest.isInService(source.number());
      boolean isUnread = unread.contains(source.eisn());
      sources.add(carried(source, pq, isUnread, inService));
    }
    List<CarriedIpi> ipis = new ArrayList<>();
    for (int server : guest.servers()) {
      int number = guest.ipiSource(server);
      int pq = pages.pq(number, EsbOffset.GET);
      Event event = event(pq, unread.contains(number), guest.isIpiInService(server));
      ipis.add(new CarriedIpi(server, event, pq == Pq.QUEUED));
    }
    return new InterruptState(IrqType.XIVE, sources, ipis);
  }

  private static CarriedSource carried(
      GuestSource source, int pq, boolean unread, boolean inService) {
    Event event =
        source.masked() ? maskedEvent(pq, unread, inService) : event(pq, unread, inService);
    boolean queued = pq == Pq.QUEUED && !source.lsi();
    return new CarriedSource(
        source.number(),
        source.lsi(),
        source.asserted(),
        source.masked(),
        source.server(),
        source.priority(),
        event,
        queued);
  }

  private static Event event(int pq, boolean unread, boolean inService) {
    if (unread) {
      return Event.WAITING;
    }
    if ((pq & Pq.P) == 0) {
      return Event.NONE; // what the driver still handles it has ended already
    }
    return inService ? Event.IN_SERVICE : Event.LOST;
  }

  private static Event maskedEvent(int pq, boolean unread, boolean inService) {
    if (unread) {
      return Event.WAITING;
    }
    if (inService) {
      return Event.IN_SERVICE; // the mask has cleared P, and the driver remembers it
    }
    return (pq & Pq.P) != 0 ? Event.WAITING : Event.NONE;
  }

  // ---- restore

  @Override
  public void restore(Vm vm, DeviceFile file, GuestContext guest, InterruptState state)
      throws ErrnoException {
    Pages pages = new Pages(vm);
    int[] servers = guest.servers();
    for (int server : servers) {
      EventQueue queue = guest.eventQueue(server);
      file.setAttr(
          XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG,
          EqIdWord.of(server, queue.priority()),
          EqConfig.fresh(queue.order(), queue.address()).toBuffer());
    }
    for (int i = 0; i < servers.length; i++) {
      restorePresenter(vm.vcpus().get(i), guest.cppr(servers[i], IrqType.XIVE));
    }
    Map<Integer, Integer> eisns =
        guest.sources().stream().collect(toMap(GuestSource::number, GuestSource::eisn));
    for (CarriedSource source : state.sources()) {
      int priority = guest.translatePriority(state.capturedIn(), IrqType.XIVE, source.priority());
      restoreSource(file, pages, source, priority, eisns.get(source.number()));
    }
    for (CarriedIpi ipi : state.ipis()) {
      int number = guest.ipiSource(ipi.server());
      configure(file, number, guest.ipiPriority(IrqType.XIVE), ipi.server(), number);
      restoreEvent(pages, number, ipi.event(), ipi.queued());
    }
  }

  private static void restorePresenter(Vcpu vcpu, int cppr) throws ErrnoException {
    // Nothing is pending in the ring: every event that waits is sent anew.
    long word = OsRingWord.CPPR.of(cppr) | OsRingWord.ACK_COUNT.of(0xff) | OsRingWord.PIPR.of(0xff);
    vcpu.setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, OneReg.of(word));
  }

  private static void restoreSource(
      DeviceFile file, Pages pages, CarriedSource source, int priority, int eisn)
      throws ErrnoException {
    int number = source.number();
    if (source.lsi()) {
      long word =
          XiveUapi.KVM_XIVE_LEVEL_SENSITIVE
              | (source.asserted() ? XiveUapi.KVM_XIVE_LEVEL_ASSERTED : 0);
      file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_SOURCE, number, UserBuffer.ofLong(word));
    }
    boolean levelWaits = source.lsi() && source.asserted() && source.event() != Event.IN_SERVICE;
    if (!source.masked()) {
      configure(file, number, priority, source.server(), eisn);
      restoreEvent(pages, number, levelWaits ? Event.WAITING : source.event(), source.queued());
      return;
    }
    // Routed when the guest unmasks it: until then it may never have named a target. Nothing is
    // put into a queue, or a guest that unmasks would send again what is there.
    int pq =
        switch (source.event()) {
          case WAITING -> source.queued() ? Pq.QUEUED : Pq.PENDING;
          case IN_SERVICE -> source.queued() ? Pq.QUEUED : Pq.OFF;
          case NONE, LOST -> levelWaits || source.queued() ? Pq.PENDING : Pq.OFF;
        };
    int unusedOld = pages.pq(number, EsbOffset.SET_PQ_00 + (pq << 8));
  }

  private static void configure(DeviceFile file, int number, int priority, int server, int eisn)
      throws ErrnoException {
    file.setAttr(
        XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_CONFIG,
        number,
        UserBuffer.ofLong(SourceConfigWord.of(priority, server, eisn)));
  }

  private static void restoreEvent(Pages pages, int number, Event event, boolean queued)
      throws ErrnoException {
    int unusedOld = pages.pq(number, EsbOffset.SET_PQ_00);
    switch (event) {
      case NONE, LOST -> {
        if (queued) {
          pages.trigger(number);
        }
        return;
      }
      case WAITING -> pages.trigger(number);
      case IN_SERVICE -> unusedOld = pages.pq(number, EsbOffset.SET_PQ_10);
    }
    if (queued) {
      pages.trigger(number);
    }
  }

  /** The guest's ESB pages. */
  private static final class Pages {
    private final Vcpu vcpu;
    private final DeviceMapping esb;

    Pages(Vm vm) throws ErrnoException {
      if (vm.guestIo().esb() == null) {
        throw new ErrnoException(Errno.EFAULT, "the ESB pages are not mapped");
      }
      this.vcpu = vm.vcpus().get(0);
      this.esb = vm.guestIo().esb();
    }

    int pq(int source, int offset) throws ErrnoException {
      return (int) page(source, MANAGEMENT_PAGE).load(vcpu, offset, ACCESS_BYTES) & Pq.QUEUED;
    }

    void trigger(int source) throws ErrnoException {
      page(source, TRIGGER_PAGE).store(vcpu, 0, ACCESS_BYTES, 0);
    }

    private IoPage page(int source, int which) throws ErrnoException {
      int index = 2 * source + which;
      IoPage page = index < esb.pageCount() ? esb.page(index) : null;
      if (page == null) {
        throw new ErrnoException(Errno.EFAULT, "no ESB pages, source=" + source);
      }
      return page;
    }
  }
}
