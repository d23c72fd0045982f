package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.xivebench.replay.engine.SwapRig.MSI;
import static org.xivebench.replay.engine.SwapRig.XICS;
import static org.xivebench.replay.engine.SwapRig.XIVE;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Irqfd;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.kvm.swap.SwapStep;
import org.xivebench.kvm.swap.Swapper;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.HostIrq;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;
import org.xivebench.xive.OpalFaults;
import org.xivebench.xive.Xive;

/**
 * A device that is passed through sends its MSI before, while and after the controller is swapped:
 * the guest gets each once, and the route is there again without the VMM's doing.
 */
@Timeout(60)
class PassThroughSwapTest {
  private static final int HOST_IRQ = 0x55;
  private static final int TARGET = 1;

  private SwapRig rig;
  private Xive host;
  private EsbSource device;

  static List<Arguments> directions() {
    return List.of(
        Arguments.of(XIVE, XICS),
        Arguments.of(XICS, XIVE),
        Arguments.of(XIVE, XIVE),
        Arguments.of(XICS, XICS));
  }

  /** A guest that is up, with its MSI passed through to {@link #TARGET}; no vCPU runs. */
  private void machine(DeviceType from) throws ErrnoException {
    rig = new SwapRig(from);
    rig.whileRunning(
        () -> {
          rig.guest.bringUp().forEach(rig::await);
          rig.await(rig.post(0, GuestTask.route(MSI, TARGET)));
        },
        0);
    host = rig.machine.vm().host();
    device = host.defineSource(HOST_IRQ, 0);
    device.setGuestIrq(MSI);
    rig.machine.vm().setMapped(MSI, HOST_IRQ);
  }

  /** The device sends its MSI, past KVM. */
  private void send() {
    rig.ledger.triggered(MSI);
    device.trigger();
  }

  /** Both vCPUs run until so many have come in all; then nothing more is to come. */
  private void assertDelivered(long count) {
    rig.whileRunning(() -> {}, count);
    assertEquals(count, rig.ledger.deliveredTo(TARGET));
  }

  /** A swap of which something else happens before each step. */
  private void swapTo(DeviceType to, Consumer<SwapStep> before) {
    try {
      swapper(watching(before)).swapTo(to).lostSources().forEach(rig.ledger::stranded);
    } catch (SwapException e) {
      throw new AssertionError(e);
    }
  }

  private static SwapObserver watching(Consumer<SwapStep> before) {
    return new SwapObserver() {
      @Override
      public void before(SwapStep step) {
        before.accept(step);
      }
    };
  }

  private Swapper swapper(SwapObserver observer) {
    return new Swapper(rig.machine.vm(), rig.machine.machine().swapClient(rig.guest), observer);
  }

  private static Consumer<SwapStep> at(SwapStep step, Runnable action) {
    return next -> {
      if (next == step) {
        action.run();
      }
    };
  }

  private void assertStillPassedThrough(long deliveredSoFar) throws ErrnoException {
    assertEquals(Errno.EINVAL.negated(), rig.machine.vm().irqLine(MSI, KvmUapi.KVM_INTERRUPT_SET));
    send();
    assertDelivered(deliveredSoFar + 1);
    rig.check();
  }

  @ParameterizedTest
  @MethodSource("directions")
  void idle_goesOn(DeviceType from, DeviceType to) throws ErrnoException {
    machine(from);

    rig.swapTo(to);

    assertDelivered(0);
    assertStillPassedThrough(0);
  }

  @ParameterizedTest
  @MethodSource("directions")
  void waiting_withAnotherBehindIt_areBothDelivered(DeviceType from, DeviceType to)
      throws ErrnoException {
    machine(from);
    send();
    send();

    rig.swapTo(to);

    assertDelivered(2);
    assertStillPassedThrough(2);
  }

  @ParameterizedTest
  @MethodSource("directions")
  void inService_isNotSentAgain(DeviceType from, DeviceType to) throws ErrnoException {
    machine(from);
    send();
    rig.runIntoHandler(TARGET);

    rig.swapTo(to);

    assertDelivered(1);
    assertStillPassedThrough(1);
  }

  @ParameterizedTest
  @MethodSource("directions")
  void inServiceWithAnotherBehindIt_thatComesAfterItsEnd(DeviceType from, DeviceType to)
      throws ErrnoException {
    machine(from);
    send();
    rig.runIntoHandler(TARGET);
    send();

    rig.swapTo(to);

    assertDelivered(2);
    assertStillPassedThrough(2);
  }

  @ParameterizedTest
  @MethodSource("directions")
  void sentInTheMiddleOfTheSwap_isDelivered(DeviceType from, DeviceType to) throws ErrnoException {
    for (SwapStep step : SwapStep.values()) {
      machine(from);
      swapTo(to, at(step, this::send));

      assertDelivered(1);
      rig.swapTo(from);
      rig.swapTo(to);
      assertDelivered(1); // and not again: nobody in the host has it
      assertStillPassedThrough(1);
    }
  }

  static List<DeviceType> backends() {
    return List.of(XIVE, XICS);
  }

  /** A native guest's mask drops it. */
  @ParameterizedTest
  @MethodSource("backends")
  void sentWhileMasked_inXicsMode_comesWhenUnmasked(DeviceType to) throws ErrnoException {
    machine(XICS);
    rig.whileRunning(() -> rig.await(rig.post(0, GuestTask.mask(MSI))), 0);
    send();

    rig.swapTo(to);

    assertDelivered(0);
    rig.whileRunning(() -> rig.await(rig.post(0, GuestTask.route(MSI, TARGET))), 1);
    assertDelivered(1);
    assertStillPassedThrough(1);
  }

  /** What VFIO does: the host's handler signals the eventfd whenever the route is not there. */
  @ParameterizedTest
  @MethodSource("directions")
  void hostHandler_getsWhatComesInBetween_andInjectsIt(DeviceType from, DeviceType to)
      throws ErrnoException {
    machine(from);
    rig.machine.vm().clrMapped(MSI, HOST_IRQ);
    Irqfd irqfd = rig.machine.vm().assignIrqfd("eventfd", MSI, false);
    HostIrq unusedHandler = host.requestHostIrq(HOST_IRQ, "vfio-msi", irqfd::signal);
    assertEquals(true, irqfd.addProducer(HOST_IRQ));

    swapTo(to, at(SwapStep.RELEASE, this::send));

    assertDelivered(1);
    assertStillPassedThrough(1);
  }

  @ParameterizedTest
  @MethodSource("directions")
  void captureFails_theRouteIsAsItWas(DeviceType from, DeviceType to) throws ErrnoException {
    machine(from);
    send();

    SwapObserver failing =
        new SwapObserver() {
          @Override
          public InterruptState carried(SwapStep step, InterruptState state) {
            throw new IllegalStateException("planted");
          }
        };

    SwapException failure = assertThrows(SwapException.class, () -> swapper(failing).swapTo(to));

    assertEquals(SwapException.Condition.UNCHANGED, failure.condition());
    assertDelivered(1);
    assertStillPassedThrough(1);
  }

  @ParameterizedTest
  @MethodSource("directions")
  void routeRefusedByTheFirmware_injectionTakesItsPlace(DeviceType from, DeviceType to)
      throws ErrnoException {
    machine(from);

    swapTo(to, at(SwapStep.REOPEN, this::refuseTheRoute));

    host.opal().setFaults(OpalFaults.NONE);
    rig.trigger();
    assertDelivered(1);
    rig.check();
  }

  private void refuseTheRoute() {
    host.opal()
        .setFaults(
            (call, argument) ->
                call == OpalCall.SET_IRQ_CONFIG && argument == HOST_IRQ
                    ? OpalCode.HARDWARE
                    : OpalCode.SUCCESS);
  }
}
