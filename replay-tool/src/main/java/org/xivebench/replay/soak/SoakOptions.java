package org.xivebench.replay.soak;

import java.time.Duration;
import org.xivebench.kvm.VmConfig;

/**
 * How a soak run is made.
 *
 * @param duration how long paths are taken
 * @param vcpus of the machine whose interrupts are accounted for
 * @param seed of the choices that the paths make; threads see to it that no two runs are the same
 * @param vm protocol and kernel
 * @param stallMillis how long one step may take before it is reported, and ends the run
 */
public record SoakOptions(Duration duration, int vcpus, long seed, VmConfig vm, long stallMillis) {}
