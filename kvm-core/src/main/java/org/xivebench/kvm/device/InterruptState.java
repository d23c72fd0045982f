package org.xivebench.kvm.device;

import java.util.List;
import org.xivebench.kvm.IrqType;

/**
 * The interrupt state of a stopped VM, in a form that every backend can save and restore. What a
 * vCPU's CPPR has to be, and which interrupts are in service, the guest knows itself: {@link
 * GuestContext}.
 *
 * @param capturedIn the mode in whose numbers the priorities are
 * @param sources all sources but IPIs, by number
 * @param ipis one entry for each server
 */
public record InterruptState(
    IrqType capturedIn, List<CarriedSource> sources, List<CarriedIpi> ipis) {

  /**
   * The IPI of one server.
   *
   * @param server the server that it goes to
   * @param event how far it has got
   * @param queued whether one more was sent since, that has to be delivered after the first
   */
  public record CarriedIpi(int server, CarriedSource.Event event, boolean queued) {}

  public InterruptState {
    sources = List.copyOf(sources);
    ipis = List.copyOf(ipis);
  }
}
