package org.xivebench.replay.guest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.GuestProgram;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.ModeChange;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.uapi.Hcall;

/**
 * The guest kernel on one vCPU: a state machine that takes one step after the other, in whatever
 * mode it finds itself. All state is here and not on the Java stack, so that it can go on in
 * another mode from where it was.
 *
 * <p>The frames are the vCPU thread's; a swap reads them when the vCPU is outside the guest, which
 * orders the accesses.
 */
final class GuestVcpu implements GuestProgram {
  private final Guest guest;
  private final Vcpu vcpu;
  private final EventQueueReader queue;
  private final List<Frame> frames = new ArrayList<>();
  private final ConcurrentLinkedQueue<GuestTask> tasks = new ConcurrentLinkedQueue<>();

  /** An interrupt was accepted since the last task was looked at. */
  private boolean taskGoesFirst;

  /** XIVE: what the TIMA holds. */
  private int cppr;

  private volatile boolean idle;

  GuestVcpu(Guest guest, Vcpu vcpu, EventQueueReader queue) {
    this.guest = guest;
    this.vcpu = vcpu;
    this.queue = queue;
  }

  // ---- the program

  @Override
  public void run(GuestCpu cpu) {
    run(cpu, false);
  }

  /** Ends where {@link #run} would go to sleep. */
  void runUntilIdle(GuestCpu cpu) {
    run(cpu, true);
  }

  private void run(GuestCpu cpu, boolean endsIdle) {
    while (true) {
      IrqType mode = vcpu.irqType();
      IrqType now = cpu.expect(mode);
      if (now == mode) {
        try {
          boolean maySleep = step(cpu, mode);
          if (maySleep && endsIdle) {
            return;
          }
          if (maySleep) {
            sleep(cpu);
          }
        } catch (ModeChange change) {
          // The operation was not done. The next step looks at everything anew.
        }
      }
    }
  }

  /** Takes a step. Returns whether there was nothing to do, so that the vCPU may sleep. */
  private boolean step(GuestCpu cpu, IrqType mode) {
    if (mode == IrqType.DEFAULT) {
      // The next thing that it does concerns interrupts: it sleeps while the VM is detached.
      boolean unusedLine = cpu.externalInterrupt();
      return false;
    }
    takeOverWhatTheModeCannotSend(mode);
    InterruptDriver driver = guest.driver(mode);
    Frame top = top();
    GuestTask task = tasks.peek();
    // An interrupt goes before a task, but not one after the other for ever: a level that stays up
    // would keep the task from being done that makes it go down.
    boolean taskIsNext = top == null && task != null && taskGoesFirst;
    if (!taskIsNext && driver.wantsToAccept(cpu, this)) {
      taskGoesFirst = true;
      driver.accept(cpu, this);
    } else if (top != null) {
      advance(cpu, driver, top);
    } else if (task != null) {
      taskGoesFirst = false;
      perform(cpu, mode, driver, task);
    } else {
      return driver.readyToSleep(cpu, this);
    }
    return false;
  }

  private void takeOverWhatTheModeCannotSend(IrqType mode) {
    Frame top = top();
    if (top != null && top.phase == Frame.Phase.RETRIGGER && mode != IrqType.XIVE) {
      // No other controller takes a trigger from the guest: the kernel resends by software.
      top.phase = Frame.Phase.RESENT;
      handlerBegins(top);
    }
  }

  private void advance(GuestCpu cpu, InterruptDriver driver, Frame top) {
    switch (top.phase) {
      case ACKNOWLEDGED, RETRIGGER -> driver.advance(cpu, this, top);
      case HANDLING, RESENT -> {
        if (top.toService) {
          service(cpu, top);
        } else if (top.work > 0) {
          cpu.compute();
          top.work--;
        } else if (top.phase == Frame.Phase.RESENT) {
          finish(top);
        } else {
          driver.end(cpu, this, top);
        }
      }
    }
  }

  private void service(GuestCpu cpu, Frame frame) {
    cpu.deviceAccess(
        () -> {
          frame.toService = false;
          guest.devices().service(frame.number, server());
        });
  }

  private void perform(GuestCpu cpu, IrqType mode, InterruptDriver driver, GuestTask task) {
    switch (task.kind) {
      case BRING_UP -> driver.bringUp(cpu, this);
      case SEND_IPI -> {
        if (!task.announced) {
          task.announced = true;
          guest.leaveMessage(task.number);
        }
        driver.sendIpi(cpu, this, task.number);
      }
      case CONFIGURE -> {
        if (task.owedTrigger >= 0 && mode == IrqType.XIVE) {
          guest.xive().trigger(cpu, task.owedTrigger);
          if (--task.owedTriggers == 0) {
            taskDone();
          }
          return;
        }
        if (task.owedTrigger >= 0) {
          begin(task.owedTrigger).phase = Frame.Phase.RESENT;
          if (--task.owedTriggers == 0) {
            taskDone();
          }
          return;
        }
        IrqDescriptor irq = guest.descriptor(task.number);
        guest.lock(cpu, irq);
        try {
          driver.configure(cpu, this, irq, task.server, task.masked);
        } finally {
          irq.unlock();
        }
      }
    }
  }

  private void sleep(GuestCpu cpu) {
    idle = true;
    try {
      if (tasks.isEmpty()) {
        long unusedSuccess = cpu.hcall(Hcall.H_CEDE);
      }
    } finally {
      idle = false;
    }
  }

  // ---- for the drivers

  int server() {
    return vcpu.id();
  }

  EventQueueReader queue() {
    return queue;
  }

  int cppr() {
    return cppr;
  }

  void setCppr(int newCppr) {
    cppr = newCppr;
  }

  /** Returns the frame that is handled now, or null. */
  Frame top() {
    return frames.isEmpty() ? null : frames.get(frames.size() - 1);
  }

  /** Returns the frame below one that the controller knows of, or null. */
  Frame below(Frame frame) {
    for (int i = frames.indexOf(frame) - 1; i >= 0; i--) {
      if (frames.get(i).inService()) {
        return frames.get(i);
      }
    }
    return null;
  }

  /** An interrupt of a source goes into service. */
  Frame begin(int source) {
    Frame frame = new Frame(source, false, Frame.Phase.HANDLING, guest.handlerSteps());
    frames.add(frame);
    handlerBegins(frame);
    return frame;
  }

  /** An IPI was accepted; in {@link Frame.Phase#HANDLING} it goes into service at once. */
  void beginIpi(Frame.Phase phase) {
    Frame frame = new Frame(server(), true, phase, guest.handlerSteps());
    frames.add(frame);
    if (phase == Frame.Phase.HANDLING) {
      handlerBegins(frame);
    }
  }

  /** An acknowledged IPI goes into service. */
  void takeIpi(Frame frame) {
    frame.phase = Frame.Phase.HANDLING;
    handlerBegins(frame);
  }

  private void handlerBegins(Frame frame) {
    frame.work = guest.handlerSteps();
    if (!frame.ipi && guest.isLsi(frame.number)) {
      frame.toService = true;
    } else if (!frame.ipi) {
      guest.events().delivered(frame.number, server());
    } else if (guest.takeMessage(frame.number)) {
      guest.events().ipiDelivered(frame.number);
    } else {
      guest.events().ipiSpurious(frame.number);
    }
  }

  /** The interrupt of the topmost frame has been ended. */
  void finish(Frame frame) {
    frames.remove(frame);
    if (frame.ipi) {
      guest.events().ipiEnded(frame.number);
    } else {
      guest.events().ended(frame.number, server());
    }
  }

  /** The first task has been done. */
  void taskDone() {
    tasks.remove().complete();
  }

  /** The first task is done when the guest has triggered a source so often. */
  void taskOwesTriggers(int source, int count) {
    GuestTask task = tasks.element();
    task.owedTrigger = source;
    task.owedTriggers = count;
  }

  /**
   * Makes a hypervisor call that the VMM serves. A swap may come while it is served; then it is not
   * known which controller it has met, and it has to be made again if it still makes sense.
   *
   * @return whether it was done, with the mode unchanged
   */
  boolean call(
      GuestCpu cpu, IrqType mode, int opcode, long r4, long r5, long r6, long r7, long r8) {
    int generation = guest.generation();
    long code = cpu.hcall(opcode, r4, r5, r6, r7, r8);
    if (generation != guest.generation() || vcpu.irqType() != mode) {
      return false;
    }
    if (code != Hcall.H_SUCCESS) {
      guest.events().refused(this + ": " + Hcall.nameOf(opcode) + " of " + r5 + " gave " + code);
    }
    return true;
  }

  // ---- for the swap and the engine

  /** A change of controller: what was acknowledged but not taken is presented again. */
  void forgetAcknowledged() {
    Frame top = top();
    if (top != null && top.phase == Frame.Phase.ACKNOWLEDGED) {
      frames.remove(frames.size() - 1);
    }
  }

  void post(GuestTask task) {
    tasks.add(task);
    vcpu.prod();
  }

  GuestTask firstTask() {
    return tasks.peek();
  }

  boolean isIdle() {
    return idle && tasks.isEmpty();
  }

  boolean hasInService(int number, boolean ipi) {
    for (Frame frame : frames) {
      if (frame.number == number && frame.ipi == ipi && frame.inService()) {
        return true;
      }
    }
    return false;
  }

  /** Returns the frame that decides CPPR, or null. */
  Frame topInService() {
    for (int i = frames.size() - 1; i >= 0; i--) {
      if (frames.get(i).inService()) {
        return frames.get(i);
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return vcpu.toString();
  }
}
