package org.xivebench.kvm.swap;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.release.Step;

/**
 * What a swap did.
 *
 * @param from the type of the device that went, or null if there was none
 * @param to the type of the device that came, or null if there is none now
 * @param stepNanos how long each step took
 * @param releaseNanos how long each step of the release took, within {@link SwapStep#RELEASE}
 * @param pauseNanos from closing the gate to opening it
 * @param heldInterrupts how many interrupts were injected meanwhile and flushed
 * @param lostSources sources whose P bit was set with their event nowhere, seen at capture
 */
public record SwapReport(
    String from,
    String to,
    Map<SwapStep, Long> stepNanos,
    Map<Step, Long> releaseNanos,
    long pauseNanos,
    int heldInterrupts,
    List<Integer> lostSources) {

  public SwapReport {
    stepNanos = Collections.unmodifiableMap(stepNanos);
    releaseNanos = Collections.unmodifiableMap(releaseNanos);
    lostSources = List.copyOf(lostSources);
  }

  static List<Integer> lostIn(InterruptState state) {
    return state.sources().stream()
        .filter(source -> source.event() == CarriedSource.Event.LOST)
        .map(CarriedSource::number)
        .toList();
  }
}
