package org.xivebench.replay.vmm;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.Quirk;
import org.xivebench.xive.Quirks;

/**
 * A XICS without XIVE beneath: a presentation controller for each server, and one source
 * controller, which talk to each other as PAPR's picture has them.
 *
 * <p>A presenter shows one interrupt at a time (XISR). What it cannot show it rejects; the source
 * keeps that and is asked again when the presenter has room. There is no limit of one event for a
 * source: one whose interrupt is being handled can be shown again when its priority beats CPPR.
 *
 * <p>Source: PAPR 7.3.10, and what QEMU 7.2 answers.
 */
final class EmulatedXics implements InterruptController, ControllerView {
  private static final int MASKED = 0xff;
  private static final int IPI = 2;
  private static final int NUMBER_MASK = 0xff_ffff;

  private final InterruptMap interrupts;
  private final Quirks quirks;
  private final ControllerObserver observer;
  private final Map<Integer, Presenter> presenters = new HashMap<>();
  private final Presenter[] presenterOfCpu;

  private final Map<Integer, Source> sources = new HashMap<>();

  /**
   * Sources that may have something to send again: MSIs that were given back, LSIs whose line is
   * up. In ascending order, which is that of resends.
   */
  private final BitSet waiting = new BitSet();

  /**
   * Resets a new controller.
   *
   * @param servers the server number of each vCPU
   * @param inputs the external interrupt input of each vCPU
   */
  EmulatedXics(
      InterruptMap interrupts,
      List<Integer> servers,
      List<ExternalInput> inputs,
      Quirks quirks,
      ControllerObserver observer) {
    this.interrupts = interrupts;
    this.quirks = quirks;
    this.observer = observer;
    this.presenterOfCpu = new Presenter[servers.size()];
    for (int i = 0; i < presenterOfCpu.length; i++) {
      presenterOfCpu[i] = new Presenter(servers.get(i), inputs.get(i));
      presenters.put(servers.get(i), presenterOfCpu[i]);
    }
    for (int number = InterruptMap.FIRST_DEVICE; number < InterruptMap.COUNT; number++) {
      MachineSource source = interrupts.source(number);
      sources.put(number, new Source(number, source != null && source.isLsi()));
    }
  }

  @Override
  public void disconnect() {
    // The inputs stay as they are: so they were seen to do when a dual machine switches.
  }

  @Override
  public IrqType mode() {
    return IrqType.XICS;
  }

  @Override
  public ControllerView.Presenter presenter(int server) {
    Presenter presenter = presenters.get(server);
    return presenter == null
        ? null
        : new ControllerView.Presenter(presenter.xirr(), presenter.shownPriority, presenter.mfrr);
  }

  @Override
  public IcsSource icsSource(int number) {
    Source source = sources.get(number);
    int state = 0;
    if (source != null) {
      state |= source.asserted ? 1 : 0;
      state |= source.sent ? 2 : 0;
      state |= source.rejected ? 4 : 0;
      state |= source.maskedPending ? 8 : 0;
    }
    return source == null ? null : new IcsSource(source.priority, state);
  }

  // ---- the presentation controller of a server

  private final class Presenter {
    private final int server;
    private final ExternalInput input;
    private int cppr;
    private int mfrr = MASKED;

    /** What is shown: a source's number, {@link #IPI}, or 0. */
    private int xisr;

    /** The priority of what is shown. */
    private int shownPriority = MASKED;

    Presenter(int server, ExternalInput input) {
      this.server = server;
      this.input = input;
    }

    int xirr() {
      return (cppr << 24) | xisr;
    }

    /** A source offers an interrupt. */
    void offer(Source source) {
      observer.offered(server, source.number, source.priority);
      boolean admitted = source.priority < cppr;
      boolean beatsShown = xisr == 0 || source.priority < shownPriority;
      if (!admitted || !beatsShown) {
        reject(source);
        return;
      }
      rejectShown();
      show(source.number, source.priority);
      observer.shown(xirr(), shownPriority);
    }

    private void reject(Source source) {
      observer.rejected(source.number);
      source.rejected();
    }

    private void show(int number, int priority) {
      xisr = number;
      shownPriority = priority;
      input.raise();
    }

    /** Gives what is shown back to its source. An IPI needs no keeping: MFRR says it again. */
    private void rejectShown() {
      int number = xisr;
      xisr = 0;
      shownPriority = MASKED;
      Source source = number == IPI ? null : sources.get(number);
      if (source != null) {
        reject(source);
      }
    }

    /** MFRR is admitted: shows the IPI unless what is shown is as favoured. */
    private void considerIpi() {
      if (mfrr >= cppr || (xisr != 0 && shownPriority <= mfrr)) {
        return;
      }
      observer.ipiShown(server, mfrr);
      rejectShown();
      show(IPI, mfrr);
    }

    private void resend() {
      considerIpi();
      for (int number = waiting.nextSetBit(0);
          number >= 0;
          number = waiting.nextSetBit(number + 1)) {
        sources.get(number).resend();
      }
    }

    void setCppr(int newCppr) {
      boolean moreFavoured = newCppr < cppr;
      cppr = newCppr;
      if (moreFavoured) {
        if (xisr != 0 && cppr <= shownPriority) {
          input.lower();
          rejectShown();
        }
      } else if (xisr == 0) {
        resend();
      }
    }

    void setMfrr(int newMfrr) {
      mfrr = newMfrr;
      considerIpi();
    }

    int accept() {
      int accepted = xirr();
      input.lower();
      if (xisr != 0 || quirks.has(Quirk.ACCEPT_WITH_NOTHING_PENDING)) {
        cppr = shownPriority;
      }
      xisr = 0;
      shownPriority = MASKED;
      observer.accepted(server, accepted, xirr());
      return accepted;
    }

    /** Ends an interrupt; what is shown now stays. */
    long end(int xirr) {
      cppr = priorityOf(xirr >>> 24);
      observer.ended(server, xirr, xirr());
      int number = xirr & NUMBER_MASK;
      Source source = sources.get(number);
      long code = Hcall.H_SUCCESS;
      if (source != null) {
        observer.sourceEnded(number);
        source.ended();
      } else if (number != 0 && number != IPI && !quirks.has(Quirk.EOI_OF_NO_SOURCE)) {
        code = Hcall.H_PARAMETER;
      }
      if (xisr == 0) {
        resend();
      }
      return code;
    }
  }

  // ---- a source

  private final class Source {
    private final int number;
    private final boolean lsi;
    private int server;
    private int priority = MASKED;
    private int savedPriority = MASKED;

    /** The line of an LSI. */
    private boolean asserted;

    /** The presenter has been offered the interrupt of an LSI and has not given it back. */
    private boolean sent;

    /** The presenter has given an MSI back. */
    private boolean rejected;

    /** An MSI came while it was masked. */
    private boolean maskedPending;

    Source(int number, boolean lsi) {
      this.number = number;
      this.lsi = lsi;
    }

    private void offer() {
      Presenter presenter = presenters.get(server);
      if (presenter != null) {
        presenter.offer(this);
      }
    }

    void rejected() {
      if (lsi) {
        sent = false;
      } else {
        rejected = true;
        waiting.set(number);
      }
    }

    void ended() {
      if (lsi) {
        sent = false;
      }
    }

    void message() {
      if (priority == MASKED) {
        maskedPending = true;
      } else {
        offer();
      }
    }

    void drive(boolean up) {
      asserted = up;
      waiting.set(number, up);
      resend();
    }

    void resend() {
      if (lsi) {
        if (priority != MASKED && asserted && !sent) {
          sent = true;
          offer();
        }
      } else if (rejected) {
        rejected = false;
        waiting.clear(number);
        if (priority != MASKED) {
          offer();
        }
      }
    }

    void configure(int newServer, int newPriority, int newSavedPriority) {
      server = newServer;
      priority = newPriority;
      savedPriority = newSavedPriority;
      if (lsi) {
        resend();
      } else if (maskedPending && priority != MASKED) {
        maskedPending = false;
        offer();
      }
    }
  }

  // ---- devices

  /**
   * A number is as it was left: masked since the reset, or, if it was given back meanwhile, with
   * server 0 and priority 0.
   */
  @Override
  public void claim(MachineSource source) {
    Source old = sources.get(source.number());
    if (old.lsi != source.isLsi()) {
      free(source);
    }
  }

  @Override
  public void free(MachineSource source) {
    waiting.clear(source.number());
    Source unusedOld = sources.put(source.number(), blank(source));
  }

  private Source blank(MachineSource source) {
    Source blank = new Source(source.number(), source.isLsi());
    blank.priority = 0;
    blank.savedPriority = 0;
    return blank;
  }

  @Override
  public void trigger(MachineSource source) {
    sources.get(source.number()).message();
  }

  @Override
  public void driveLine(MachineSource source) {
    sources.get(source.number()).drive(source.isAsserted());
  }

  /**
   * Sets where a source goes, as an RTAS call does whose arguments are not known.
   *
   * @param priority 0xff masks it; ibm,int-on then comes with the priority that it restores
   */
  void configure(int number, int server, int priority) {
    Source source = sources.get(number);
    source.configure(server, priority, priority == MASKED ? source.savedPriority : priority);
  }

  // ---- the guest

  /** Serves one of the XICS hypercalls, of vCPU {@code cpu}. */
  long hypercall(int cpu, Vcpu vcpu, int opcode) {
    Presenter own = presenterOfCpu[cpu];
    long r4 = vcpu.gpr(4);
    switch (opcode) {
      case Hcall.H_XIRR, Hcall.H_XIRR_X -> {
        vcpu.setGpr(4, Integer.toUnsignedLong(own.accept()));
        vcpu.setGpr(5, System.nanoTime());
      }
      case Hcall.H_CPPR -> own.setCppr(priorityOf((int) r4 & 0xff));
      case Hcall.H_EOI -> {
        return own.end((int) r4);
      }
      case Hcall.H_IPI -> {
        Presenter target = presenterOf(r4);
        if (target == null) {
          return Hcall.H_PARAMETER;
        }
        target.setMfrr(priorityOf((int) vcpu.gpr(5) & 0xff));
      }
      case Hcall.H_IPOLL -> {
        Presenter target = presenterOf(r4);
        if (target == null) {
          return Hcall.H_PARAMETER;
        }
        vcpu.setGpr(4, Integer.toUnsignedLong(target.xirr()));
        vcpu.setGpr(5, target.mfrr);
      }
      default -> {
        return Hcall.H_FUNCTION;
      }
    }
    return Hcall.H_SUCCESS;
  }

  /** The mode has changed, but H_XIRR still lowers the input. */
  void acceptWhileInactive(int cpu) {
    presenterOfCpu[cpu].input.lower();
  }

  private Presenter presenterOf(long server) {
    boolean fits = server == (server & 0x7fff_ffffL) || quirks.has(Quirk.WIDE_ARGUMENT);
    return fits ? presenters.get((int) server) : null;
  }

  /** Hardware has eight levels; KVM maps what is beyond the seventh, but for 0xff, to that. */
  private int priorityOf(int priority) {
    return priority < 6 || priority == MASKED || quirks.has(Quirk.PRIORITY_7_TO_FE) ? priority : 6;
  }

  /** Serves one of the four interrupt RTAS calls. Returns the status. */
  int rtas(RtasToken token, int[] arguments, int[] returns) {
    int argumentCount = token == RtasToken.SET_XIVE ? 3 : 1;
    int returnCount = token == RtasToken.GET_XIVE ? 3 : 1;
    if (arguments.length != argumentCount || returns.length != returnCount) {
      return PciMsis.PARAMETER_ERROR;
    }
    Source source = sources.get(arguments[0]);
    boolean claimed = interrupts.claimed(arguments[0]) != null;
    if (source == null || (!claimed && !quirks.has(Quirk.RTAS_OF_UNCLAIMED_SOURCE))) {
      return PciMsis.PARAMETER_ERROR;
    }
    switch (token) {
      case SET_XIVE -> {
        int server = arguments[1];
        int priority = arguments[2];
        if (!presenters.containsKey(server) || (priority & ~0xff) != 0) {
          return PciMsis.PARAMETER_ERROR;
        }
        source.configure(server, priorityOf(priority), priorityOf(priority));
      }
      case GET_XIVE -> {
        returns[1] = source.server;
        returns[2] = source.priority;
      }
      case INT_OFF -> source.configure(source.server, MASKED, source.priority);
      default -> source.configure(source.server, source.savedPriority, source.savedPriority);
    }
    return PciMsis.SUCCESS;
  }
}
