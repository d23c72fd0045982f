package org.xivebench.kvm;

/**
 * Something waited for longer than it should and goes on waiting.
 *
 * @param waiter what waits: {@code release}
 * @param waitsFor whom, by name: {@code vcpu2}
 */
public record StuckReport(String waiter, String waitsFor) {
  @Override
  public String toString() {
    return waiter + " waits for " + waitsFor;
  }
}
