package org.xivebench.sync;

/**
 * Something that must always hold did not.
 *
 * @param invariant its number, {@code I2}
 * @param what what was seen instead
 * @param thread who was about to do it
 */
public record InvariantReport(String invariant, String what, String thread) {
  @Override
  public String toString() {
    return invariant + ": " + what;
  }
}
