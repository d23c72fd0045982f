package org.xivebench.xive;

/** The four 64 KiB views of the TIMA, by decreasing privilege. */
public enum TimaPage {
  /** Page 0: the physical thread's, for firmware. */
  PHYSICAL,
  /** Page 1: the hypervisor's. */
  HYPERVISOR,
  /** Page 2: the operating system's, the only one that a guest ever maps. */
  OS,
  /** Page 3: the user's. */
  USER
}
