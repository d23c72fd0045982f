package org.xivebench.replay.vmm;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The interrupt numbers of a pseries machine: IPIs from 0, in XIVE mode only; devices from 0x1000.
 *
 * <p>Source: QEMU 7.2's spapr_irq; the numbers that its guests see.
 */
public final class InterruptMap {
  /** The first number that is not an IPI's; offset of the XICS source controller. */
  public static final int FIRST_DEVICE = 0x1000;

  /** Numbers are below this. */
  public static final int COUNT = 0x2000;

  /** The first number that PCI devices' MSIs get. */
  public static final int FIRST_MSI = 0x1300;

  private static final int[] PLATFORM = {0x1000, 0x1001, 0x1100, 0x1101};
  private static final int FIRST_LSI = 0x1200;
  private static final int LSI_COUNT = 4;
  private static final int MSI_COUNT = 8;

  private final int ipiCount;
  private final NavigableMap<Integer, MachineSource> sources = new TreeMap<>();

  /** The same by number, for the paths that events take. */
  private final MachineSource[] byNumber = new MachineSource[COUNT];

  private InterruptMap(int ipiCount) {
    this.ipiCount = ipiCount;
    for (int ipi = 0; ipi < ipiCount; ipi++) {
      add(ipi, false);
    }
  }

  /**
   * A machine with EPOW, hotplug and two VIO events, the four LSIs of a PCI host bridge and eight
   * MSIs.
   *
   * @param ipiCount number of possible servers
   */
  public static InterruptMap standard(int ipiCount) {
    List<Integer> msis = new ArrayList<>();
    List<Integer> lsis = new ArrayList<>();
    for (int number : PLATFORM) {
      msis.add(number);
    }
    for (int i = 0; i < LSI_COUNT; i++) {
      lsis.add(FIRST_LSI + i);
    }
    for (int i = 0; i < MSI_COUNT; i++) {
      msis.add(FIRST_MSI + i);
    }
    return of(ipiCount, lsis, msis);
  }

  /**
   * A machine with other numbers.
   *
   * @param ipiCount number of possible servers
   * @param lsis level-sensitive numbers
   * @param msis the others
   * @throws IllegalArgumentException for a number out of range or named twice
   */
  public static InterruptMap of(int ipiCount, List<Integer> lsis, List<Integer> msis) {
    if (ipiCount < 1 || ipiCount > FIRST_DEVICE) {
      throw new IllegalArgumentException("number of IPIs: " + ipiCount);
    }
    InterruptMap map = new InterruptMap(ipiCount);
    lsis.forEach(number -> map.addDevice(number, true));
    msis.forEach(number -> map.addDevice(number, false));
    return map;
  }

  private void addDevice(int number, boolean lsi) {
    if (number < FIRST_DEVICE || number >= COUNT) {
      throw new IllegalArgumentException(
          "interrupt number out of range: 0x" + Integer.toHexString(number));
    }
    add(number, lsi);
  }

  private void add(int number, boolean lsi) {
    byNumber[number] = new MachineSource(number, lsi);
    if (sources.put(number, byNumber[number]) != null) {
      throw new IllegalArgumentException(
          "interrupt number twice: 0x" + Integer.toHexString(number));
    }
  }

  /** Returns how many IPIs there are: possible servers. */
  public int ipiCount() {
    return ipiCount;
  }

  /** Returns the numbers in use, IPIs too, in ascending order. */
  public List<MachineSource> sources() {
    return List.copyOf(sources.values());
  }

  /** Returns the numbers in use but for the IPIs, in ascending order. */
  public List<MachineSource> deviceSources() {
    return List.copyOf(sources.tailMap(FIRST_DEVICE).values());
  }

  /** Returns the source of that number, claimed or freed; null if there never was one. */
  public MachineSource source(long number) {
    return number >= 0 && number < COUNT ? byNumber[(int) number] : null;
  }

  /** Returns the source of that number if it is claimed, else null. */
  MachineSource claimed(long number) {
    MachineSource source = source(number);
    return source != null && source.isClaimed() ? source : null;
  }

  /** Gives a number to a device. */
  MachineSource claimMsi(int number) {
    MachineSource source =
        sources.computeIfAbsent(number, fresh -> new MachineSource(fresh, false));
    byNumber[number] = source;
    source.setClaimed(true);
    return source;
  }

  /** Returns the lowest number for MSIs that nobody has, or -1. */
  int freeMsi() {
    for (int number = FIRST_MSI; number < COUNT; number++) {
      if (claimed(number) == null) {
        return number;
      }
    }
    return -1;
  }
}
