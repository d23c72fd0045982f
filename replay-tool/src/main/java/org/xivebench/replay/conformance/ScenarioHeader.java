package org.xivebench.replay.conformance;

import java.util.List;
import org.xivebench.replay.vmm.InterruptMode;

/**
 * The first line of a conformance file.
 *
 * @param name of the scenario
 * @param mode what interrupt controller the machine offers
 * @param servers the server number of each vCPU
 * @param memoryMebibytes RAM
 * @param ipiCount number of IPIs in XIVE mode: possible servers
 * @param lsis numbers of level-sensitive sources
 * @param msis numbers of the others
 */
record ScenarioHeader(
    String name,
    InterruptMode mode,
    List<Integer> servers,
    int memoryMebibytes,
    int ipiCount,
    List<Integer> lsis,
    List<Integer> msis) {}
