/**
 * Soak runs: every path into the devices at once, under real threads, for as long as one likes, and
 * the law of lost interrupts checked at the end. Used by the command line only.
 */
package org.xivebench.replay.soak;
