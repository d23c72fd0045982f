package org.xivebench.kvm;

/**
 * How often a vCPU did what. Counted by its own thread; who reads while it runs may see old values.
 */
public final class VcpuCounts {
  private long exits;
  private long hypercalls;
  private long rtasCalls;
  private long esbAccesses;
  private long timaAccesses;

  VcpuCounts() {}

  void exited() {
    exits++;
  }

  void madeHypercall() {
    hypercalls++;
  }

  void madeRtasCall() {
    rtasCalls++;
  }

  void accessedEsb() {
    esbAccesses++;
  }

  void accessedTima() {
    timaAccesses++;
  }

  /** Returns how often it left the guest: for the VMM, for a kick, or to sleep in H_CEDE. */
  public long exits() {
    return exits;
  }

  /** Returns its hypervisor calls, H_CEDE and H_PROD among them; RTAS calls apart. */
  public long hypercalls() {
    return hypercalls;
  }

  /** Returns its RTAS calls. */
  public long rtasCalls() {
    return rtasCalls;
  }

  /** Returns its loads from and stores to ESB pages. */
  public long esbAccesses() {
    return esbAccesses;
  }

  /** Returns its loads from and stores to the TIMA. */
  public long timaAccesses() {
    return timaAccesses;
  }
}
