package org.xivebench.replay.ordered;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;

/**
 * What becomes of a recorded XICS guest on KVM's XICS-on-XIVE, which may give it its interrupts in
 * another order, one of them again, on another vCPU, or a spurious one. There it does what any
 * guest does: it ends the interrupt that it was given, and asks again while its external interrupt
 * is up.
 *
 * <p>Whether an interrupt that was given is due, {@link XicsEvents} says, from the operations
 * alone: what the device does is never taken for what it should do. An interrupt that is not due,
 * that is missing, or that is in a place that nothing explains is a divergence.
 */
final class XicsGuest {
  private static final int XISR_MASK = 0xff_ffff;
  private static final int CPPR_SHIFT = 24;
  private static final int IPI = 2;
  private static final int NONE = 0xff;
  private static final int LEVELS = 0xff;
  private static final int LEAST_LEVEL = 7;

  /** Events of one source that can wait at once: one in a queue, and one behind it. */
  private static final int EVENTS_OF_SOURCE = 2;

  private static final class Vcpu {
    final int server;
    int mfrr = NONE;

    /** An IPI was asked for, and none taken since. */
    boolean ipiAsked;

    /** Levels, 1 &lt;&lt; n, that may be pending at the hardware with nothing to take. */
    int hollowLevels;

    /** What was given in the place of something else that the recorded guest has not ended. */
    final List<Taken> taken = new ArrayList<>();

    Vcpu(int server) {
      this.server = server;
    }

    /** KVM makes the level of MFRR pending, as the IPI's own wake-up may have done. */
    void pushMfrr() {
      if (mfrr != NONE) {
        hollowLevels |= 1 << Math.min(mfrr, LEAST_LEVEL);
      }
    }
  }

  private record Taken(int recorded, int given) {}

  private final Map<Integer, XicsEvents> sources = new HashMap<>();
  private final List<Vcpu> vcpus = new ArrayList<>();
  private final TraceHeader header;
  private final Tally tally;
  private final GuestCalls calls;

  /** Sources that were given back. */
  private final Set<Integer> freed = new HashSet<>();

  /** By source: how many of its events the guest has ended within one H_XIRR. */
  private final Map<Integer, Integer> ended = new HashMap<>();

  private boolean isXics = true;

  /** Operations so far. */
  private long now;

  /**
   * @param tally counts known differences
   * @param calls makes what the recorded guest did not make
   */
  XicsGuest(TraceHeader header, Tally tally, GuestCalls calls) {
    this.header = header;
    this.tally = tally;
    this.calls = calls;
    reset();
  }

  private void reset() {
    sources.clear();
    vcpus.clear();
    header.sources().forEach(each -> sources.put(each.number(), new XicsEvents(each.lsi())));
    header.servers().forEach(server -> vcpus.add(new Vcpu(server)));
  }

  // ---- what guest and devices do

  /**
   * An operation is about to be done.
   *
   * @param operation altered where the guest does otherwise than the recorded one: it ends what it
   *     was given
   * @return whether it does it at all: it ends nothing if it was given nothing
   */
  boolean before(TraceEvent operation) {
    now++;
    switch (operation.kind()) {
      case SET_LINE -> sourceOf(operation).drive(operation.getInt(TraceField.LEVEL) != 0, now);
      case SOURCE_CONFIG ->
          sourceOf(operation)
              .configure(
                  operation.getInt(TraceField.SERVER), operation.getInt(TraceField.PRIORITY), now);
      case CLAIM_SOURCE -> claim(operation.getInt(TraceField.SOURCE));
      case FREE_SOURCE -> freed.add(operation.getInt(TraceField.SOURCE));
      case MACHINE_RESET -> setMode(true, true);
      case MODE_CHANGE -> setMode(operation.getInt(TraceField.MODE) != 0, false);
      case HCALL -> {
        return beforeCall(operation);
      }
      default -> {}
    }
    return true;
  }

  private void claim(int source) {
    if (freed.remove(source)) {
      sources.computeIfPresent(source, (number, before) -> before.claimedAgain());
    }
  }

  /** The controller of a machine is new after a reset, and when the mode has changed. */
  private void setMode(boolean xics, boolean isNew) {
    if (isNew || xics != isXics) {
      reset();
    }
    isXics = xics;
  }

  private XicsEvents sourceOf(TraceEvent event) {
    return sources.get(event.getInt(TraceField.SOURCE));
  }

  private boolean beforeCall(TraceEvent call) {
    switch (call.getInt(TraceField.OPCODE)) {
      case Hcall.H_IPI -> sendIpi(call);
      case Hcall.H_CPPR -> setCppr(call);
      case Hcall.H_EOI -> {
        return call.vcpu() == TraceEvent.NO_VCPU || end(vcpus.get(call.vcpu()), call);
      }
      default -> {}
    }
    return true;
  }

  private void sendIpi(TraceEvent call) {
    int cpu = header.servers().indexOf(call.getInt(TraceField.ARG0));
    if (cpu < 0) {
      return;
    }
    Vcpu target = vcpus.get(cpu);
    target.mfrr = call.getInt(TraceField.ARG1) & NONE;
    if (target.mfrr != NONE) {
      if (target.ipiAsked) {
        target.hollowLevels |= 1; // the second wake-up comes when the first is taken
      }
      target.ipiAsked = true;
    }
  }

  private void setCppr(TraceEvent call) {
    if (call.vcpu() == TraceEvent.NO_VCPU) {
      return;
    }
    Vcpu vcpu = vcpus.get(call.vcpu());
    int cppr = call.getInt(TraceField.ARG0) & NONE;
    vcpu.pushMfrr();
    sources.values().forEach(source -> source.keepBack(vcpu.server, cppr, now));
  }

  private boolean end(Vcpu vcpu, TraceEvent call) {
    long argument = call.get(TraceField.ARG0);
    int given = takenFor(xisr(argument), vcpu);
    if (given == 0) {
      return false;
    }
    call.set(TraceField.ARG0, (argument & ~(long) XISR_MASK) | given);
    end(vcpu, call.get(TraceField.ARG0));
    return true;
  }

  /** What was given in the place of an interrupt: that one, unless something else is known. */
  private static int takenFor(int recorded, Vcpu vcpu) {
    for (int i = vcpu.taken.size() - 1; i >= 0; i--) {
      if (vcpu.taken.get(i).recorded == recorded) {
        return vcpu.taken.remove(i).given;
      }
    }
    return recorded;
  }

  private void end(Vcpu vcpu, long xirr) {
    if (cppr(xirr) != NONE) {
      vcpu.hollowLevels = LEVELS; // what is under way still counts as pending, and is pushed
    }
    vcpu.pushMfrr();
    XicsEvents source = inXirr(xirr);
    if (source != null) {
      source.end(now);
    }
  }

  // ---- what the recorded controller did

  /** The trace has an effect of an operation. */
  void see(TraceEvent effect, TraceEvent operation) {
    switch (effect.kind()) {
      case ICP_PRESENT -> {
        boolean byDevice =
            operation.has(TraceField.LEVEL)
                && operation.getInt(TraceField.SOURCE) == effect.getInt(TraceField.SOURCE);
        sourceOf(effect).seePresented(byDevice);
      }
      case ICP_RAISE -> {
        XicsEvents source = inXirr(effect.get(TraceField.XIRR));
        if (source != null) {
          source.seeRaised();
        }
      }
      case ICS_REJECT -> sourceOf(effect).seeRejected();
      case ICP_EOI -> sources.values().forEach(XicsEvents::seeResend);
      default -> {}
    }
  }

  // ---- what is given

  /**
   * H_XIRR has returned. If it gave something else than was recorded, and that is known to happen,
   * the guest goes on from there, by calls that the recorded one did not make.
   *
   * @param cpu the vCPU that made it
   * @param recorded what it returned to the recorded guest
   * @param given what the device returned
   * @return whether the guest has got what was recorded, or it is known why not
   * @throws IOException if a call cannot be recorded
   */
  boolean take(int cpu, long recorded, long given) throws IOException {
    long got = given;
    Step step = step(cpu, recorded, got);
    ended.clear();
    while (step == Step.ASK_AGAIN || step == Step.END_AND_ASK_AGAIN) {
      if (step == Step.END_AND_ASK_AGAIN) {
        if (ended.merge(xisr(got), 1, Integer::sum) > EVENTS_OF_SOURCE) {
          return false; // a line that stays up, and that the recorded guest never heard of
        }
        endAtOnce(cpu, got);
      }
      got = calls.hcall(cpu, Hcall.H_XIRR, 0);
      step = step(cpu, recorded, got);
    }
    if (step == Step.DIVERGE) {
      return false;
    }
    giveTo(vcpus.get(cpu), got);
    XicsEvents handled = inXirr(recorded);
    if (handled != null) {
      handled.seeAccepted();
    }
    if (xisr(recorded) != 0 && xisr(recorded) != xisr(got)) {
      vcpus.get(cpu).taken.add(new Taken(xisr(recorded), xisr(got)));
    }
    return true;
  }

  private static int xisr(long xirr) {
    return (int) xirr & XISR_MASK;
  }

  private static int cppr(long xirr) {
    return (int) (xirr >>> CPPR_SHIFT) & NONE;
  }

  /** The source of an XIRR; null for none, and for an IPI. */
  private XicsEvents inXirr(long xirr) {
    return xisr(xirr) == IPI ? null : sources.get(xisr(xirr));
  }

  private void giveTo(Vcpu vcpu, long xirr) {
    XicsEvents source = inXirr(xirr);
    if (source != null) {
      source.give();
    }
    vcpu.ipiAsked &= xisr(xirr) != IPI;
  }

  private void endAtOnce(int cpu, long xirr) throws IOException {
    giveTo(vcpus.get(cpu), xirr);
    now++;
    end(vcpus.get(cpu), xirr);
    long unusedArgument = calls.hcall(cpu, Hcall.H_EOI, xirr);
  }

  /** What the guest does about what H_XIRR gave it. */
  private enum Step {
    /** It handles it: what was recorded, or what a known difference puts in its place. */
    HANDLE,
    /** It has got nothing, and its external interrupt is up. */
    ASK_AGAIN,
    /** The recorded guest had nothing of it at all. */
    END_AND_ASK_AGAIN,
    /** The device is wrong. */
    DIVERGE
  }

  private Step step(int cpu, long recorded, long given) throws IOException {
    if (recorded == given) {
      return Step.HANDLE;
    }
    if (cppr(recorded) != cppr(given)) {
      return Step.DIVERGE;
    }
    XicsEvents missing = inXirr(recorded);
    if (xisr(given) == 0) {
      return missing == null ? Step.DIVERGE : ofNothing(cpu, missing, xisr(recorded));
    }
    XicsEvents source = inXirr(given);
    Vcpu vcpu = vcpus.get(cpu);
    boolean isDue = source != null && source.isQueuedAt(vcpu.server);
    if (!isDue || (xisr(recorded) == IPI && source.queuedPriority() >= vcpu.mfrr)) {
      return Step.DIVERGE;
    }
    if (source.isMisplaced()) {
      tally.difference(KnownDifference.EVENT_STAYS_QUEUED);
      if (source.isAwaited() || source.lead() < 0) {
        source.addToLead(1);
      }
      return Step.END_AND_ASK_AGAIN;
    }
    KnownDifference order = missing == null ? null : ofOrder(vcpu, missing, source);
    if (order != null) {
      tally.difference(order);
      missing.addToLead(-1);
      source.addToLead(1);
      return Step.HANDLE;
    }
    if (source.isAwaited() && source.lead() >= 0) {
      return Step.DIVERGE;
    }
    tally.difference(
        source.isLsi() ? KnownDifference.LINE_IS_AN_EDGE : KnownDifference.EVENT_AGAIN);
    if (source.lead() < 0) {
      source.addToLead(1);
    }
    return Step.END_AND_ASK_AGAIN;
  }

  /** A source was expected, and nothing was given. */
  private Step ofNothing(int cpu, XicsEvents missing, int number) throws IOException {
    Vcpu vcpu = vcpus.get(cpu);
    if (vcpu.hollowLevels != 0 && calls.interrupt(cpu)) {
      // Each level that is hollow gives nothing once, and then what is behind it.
      vcpu.hollowLevels &= vcpu.hollowLevels - 1;
      tally.difference(KnownDifference.SPURIOUS_INTERRUPT);
      return Step.ASK_AGAIN;
    }
    if (isElsewhere(missing, vcpu)) {
      tally.difference(KnownDifference.EVENT_STAYS_QUEUED);
      if (!takeWhereItIs(missing, number)) {
        missing.addToLead(-1);
      }
      // A second event, which waited for the end of the first, comes here.
      return missing.isQueuedAt(vcpu.server) ? Step.ASK_AGAIN : Step.HANDLE;
    }
    KnownDifference known =
        missing.isHeldBack()
            ? KnownDifference.ONE_EVENT_PER_SOURCE
            : missing.lead() > 0 ? KnownDifference.ORDER_OF_ARRIVAL : null;
    if (known == null) {
      return Step.DIVERGE;
    }
    tally.difference(known);
    missing.addToLead(-1);
    return Step.HANDLE;
  }

  private static boolean isElsewhere(XicsEvents source, Vcpu vcpu) {
    return source.isMisplaced() && !source.isQueuedAt(vcpu.server);
  }

  /**
   * The vCPU in whose queue an event is takes it, if it is what that vCPU is to be given next:
   * H_IPOLL of the own server shows it, and changes nothing.
   */
  private boolean takeWhereItIs(XicsEvents source, int number) throws IOException {
    int server = source.queuedServer();
    int cpu = header.servers().indexOf(server);
    if (cpu < 0 || !calls.interrupt(cpu)) {
      return false;
    }
    if (xisr(calls.hcall(cpu, Hcall.H_IPOLL, server)) != number) {
      return false;
    }
    long given = calls.hcall(cpu, Hcall.H_XIRR, 0);
    if (xisr(given) != number) {
      return false;
    }
    endAtOnce(cpu, given);
    return true;
  }

  /** Why one source is given where another was, both of which the recorded guest gets; or null. */
  private static KnownDifference ofOrder(Vcpu vcpu, XicsEvents missing, XicsEvents source) {
    if (!source.isAwaited() && !(source.lead() < 0 && missing.lead() > 0)) {
      return null;
    }
    if (isElsewhere(missing, vcpu)) {
      return KnownDifference.EVENT_STAYS_QUEUED;
    }
    if (missing.isHeldBack()) {
      return KnownDifference.ONE_EVENT_PER_SOURCE;
    }
    boolean isInTurn = missing.isQueued() ? source.isAheadOf(missing) : missing.lead() > 0;
    return isInTurn ? KnownDifference.ORDER_OF_ARRIVAL : null;
  }
}
