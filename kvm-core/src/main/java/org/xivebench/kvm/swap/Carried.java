package org.xivebench.kvm.swap;

import java.util.List;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.CarriedSource.Event;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.device.InterruptState.CarriedIpi;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;

/** What a swap carries of the state that it captures: everything, but for the steps left out. */
final class Carried {
  private final boolean waiting;
  private final boolean inService;
  private final boolean queued;
  private final boolean level;

  /**
   * @param protocol has the steps, or not
   */
  Carried(ReleaseProtocol protocol) {
    this.waiting = protocol.has(Step.SWAP_WAITING);
    this.inService = protocol.has(Step.SWAP_IN_SERVICE);
    this.queued = protocol.has(Step.SWAP_QUEUED);
    this.level = protocol.has(Step.SWAP_LEVEL);
  }

  /** Returns the part of a state that is carried; the state itself if nothing is left out. */
  InterruptState of(InterruptState state) {
    if (waiting && inService && queued && level) {
      return state;
    }
    List<CarriedSource> sources = state.sources().stream().map(this::of).toList();
    List<CarriedIpi> ipis =
        state.ipis().stream()
            .map(ipi -> new CarriedIpi(ipi.server(), of(ipi.event()), ipi.queued() && queued))
            .toList();
    return new InterruptState(state.capturedIn(), sources, ipis);
  }

  private CarriedSource of(CarriedSource source) {
    return new CarriedSource(
        source.number(),
        source.lsi(),
        source.asserted() && level,
        source.masked(),
        source.server(),
        source.priority(),
        of(source.event()),
        source.queued() && queued);
  }

  /** Who does not ask the guest takes every event that is under way for one that waits. */
  private Event of(Event event) {
    return switch (event) {
      case WAITING -> waiting ? event : Event.NONE;
      case IN_SERVICE -> inService ? event : Event.WAITING;
      case NONE, LOST -> event;
    };
  }
}
