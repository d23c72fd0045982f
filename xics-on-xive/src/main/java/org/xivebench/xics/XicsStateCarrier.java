package org.xivebench.xics;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.CarriedSource.Event;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.kvm.device.GuestContext.GuestSource;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.device.InterruptState.CarriedIpi;
import org.xivebench.kvm.device.StateCarrier;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.uapi.IcpStateWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.kvm.uapi.XicsUapi;

/**
 * Saves and restores through SOURCES, ICP_STATE, KVM_IRQ_LINE and, for one case, ibm,int-off.
 *
 * <p>What the words of a source mean here:
 *
 * <pre>
 *                          PENDING  PRESENTED  QUEUED
 *   MSI  waiting in queue     1         1        Q       Q: one more comes after its EOI
 *        held back by mask    1         0        1
 *        in service           0         1        Q
 *   LSI  P set                1         0        0       in service or not: the guest knows
 * </pre>
 *
 * <p>MFRR is one value, so of IPIs sent to a server and not taken yet only one can be carried in:
 * the rest are one with it, as they would be had they been sent in XICS mode.
 */
final class XicsStateCarrier implements StateCarrier {
  private static final int NO_IPI = 0xff;
  private static final int LINE_UP = 1;
  private static final int LINE_DOWN = 0;

  // ---- capture

  @Override
  public InterruptState capture(Vm vm, DeviceFile file, GuestContext guest) throws ErrnoException {
    List<CarriedSource> sources = new ArrayList<>();
    for (GuestSource source : guest.sources()) {
      UserBuffer payload = UserBuffer.ofSize(Long.BYTES);
      file.getAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, source.number(), payload);
      sources.add(carried(source, payload.getLong(0), guest.isInService(source.number())));
    }
    List<CarriedIpi> ipis = new ArrayList<>();
    int[] servers = guest.servers();
    for (int i = 0; i < servers.length; i++) {
      long icp = vm.vcpus().get(i).getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE).first();
      boolean asked = IcpStateWord.MFRR.get(icp) != NO_IPI;
      boolean inService = guest.isIpiInService(servers[i]);
      Event event = inService ? Event.IN_SERVICE : asked ? Event.WAITING : Event.NONE;
      ipis.add(new CarriedIpi(servers[i], event, inService && asked));
    }
    return new InterruptState(IrqType.XICS, sources, ipis);
  }

  private static CarriedSource carried(GuestSource source, long word, boolean inService) {
    boolean queued = XicsSourceWord.QUEUED.isSet(word);
    Event event;
    if (source.lsi()) {
      event = inService ? Event.IN_SERVICE : isPending(word) ? Event.WAITING : Event.NONE;
      queued = false;
    } else if (XicsSourceWord.PRESENTED.isSet(word)) {
      event = isPending(word) ? Event.WAITING : inService ? Event.IN_SERVICE : Event.LOST;
    } else {
      // Q without P: it came while the source was masked.
      event = isPending(word) || queued ? Event.WAITING : Event.NONE;
      queued = false;
    }
    int priority = (int) XicsSourceWord.PRIORITY.get(word);
    return new CarriedSource(
        source.number(),
        source.lsi(),
        source.asserted(),
        XicsSourceWord.MASKED.isSet(word),
        // Where the guest wants it; the device may have had to take another server.
        source.server(),
        priority == SourceState.MASKED ? source.priority() : priority,
        event,
        queued);
  }

  private static boolean isPending(long word) {
    return XicsSourceWord.PENDING.isSet(word);
  }

  // ---- restore

  @Override
  public void restore(Vm vm, DeviceFile file, GuestContext guest, InterruptState state)
      throws ErrnoException {
    for (CarriedSource source : state.sources()) {
      int priority = guest.translatePriority(state.capturedIn(), IrqType.XICS, source.priority());
      if (source.lsi()) {
        restoreLsi(vm, file, source, priority);
      } else {
        restoreMsi(file, source, priority);
      }
    }
    int[] servers = guest.servers();
    for (int i = 0; i < servers.length; i++) {
      restorePresenter(vm.vcpus().get(i), guest, ipiOf(state, servers[i]));
    }
  }

  private static void restoreMsi(DeviceFile file, CarriedSource source, int priority)
      throws ErrnoException {
    long word = configuration(source, priority);
    boolean oneMore = false;
    switch (source.event()) {
      case NONE, LOST -> {
        if (source.queued()) {
          word |= XicsSourceWord.PENDING.mask();
        }
      }
      case WAITING -> {
        word |= XicsSourceWord.PENDING.mask();
        oneMore = source.queued();
      }
      case IN_SERVICE -> {
        word |= XicsSourceWord.PRESENTED.mask();
        if (source.queued()) {
          word |= XicsSourceWord.QUEUED.mask();
        }
      }
    }
    boolean maskAfterwards = oneMore && source.masked();
    if (maskAfterwards) {
      // Under a mask the two would become one: send the first, and mask when both are there.
      word &= ~XicsSourceWord.MASKED.mask();
    }
    setSource(file, source.number(), word);
    if (oneMore) {
      file.device().setIrq(source.number(), LINE_UP);
    }
    if (maskAfterwards) {
      file.device().intOff(source.number());
    }
  }

  private static void restoreLsi(Vm vm, DeviceFile file, CarriedSource source, int priority)
      throws ErrnoException {
    long word = configuration(source, priority) | XicsSourceWord.LEVEL_SENSITIVE.mask();
    switch (source.event()) {
      case NONE, LOST -> {
        setSource(file, source.number(), word);
        if (source.asserted()) {
          file.device().setIrq(source.number(), LINE_UP);
        }
      }
      case WAITING -> {
        setSource(file, source.number(), word | XicsSourceWord.PENDING.mask());
        if (!source.asserted()) {
          file.device().setIrq(source.number(), LINE_DOWN);
        }
      }
      case IN_SERVICE -> {
        word |= XicsSourceWord.PRESENTED.mask();
        boolean both = !vm.kernel().isBefore(KernelVersion.V6);
        if (both && source.asserted()) {
          word |= XicsSourceWord.PENDING.mask();
        }
        setSource(file, source.number(), word);
        if (!both && source.asserted()) {
          // Sets Q as well: after the line has gone down one more will come, for nothing.
          file.device().setIrq(source.number(), LINE_UP);
        }
      }
    }
  }

  private static long configuration(CarriedSource source, int priority) {
    long word =
        XicsSourceWord.DESTINATION.of(source.server()) | XicsSourceWord.PRIORITY.of(priority);
    return source.masked() ? word | XicsSourceWord.MASKED.mask() : word;
  }

  private static void setSource(DeviceFile file, int number, long word) throws ErrnoException {
    file.setAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, number, UserBuffer.ofLong(word));
  }

  private static void restorePresenter(Vcpu vcpu, GuestContext guest, CarriedIpi ipi)
      throws ErrnoException {
    boolean asked = ipi.event() == Event.WAITING || ipi.queued();
    long word =
        IcpStateWord.CPPR.of(guest.cppr(ipi.server(), IrqType.XICS))
            | IcpStateWord.MFRR.of(asked ? guest.ipiPriority(IrqType.XICS) : NO_IPI)
            | IcpStateWord.PENDING_PRIORITY.mask();
    vcpu.setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, OneReg.of(word));
  }

  private static CarriedIpi ipiOf(InterruptState state, int server) {
    for (CarriedIpi ipi : state.ipis()) {
      if (ipi.server() == server) {
        return ipi;
      }
    }
    return new CarriedIpi(server, Event.NONE, false);
  }
}
