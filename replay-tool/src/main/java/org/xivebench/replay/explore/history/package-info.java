/**
 * The museum: races, deadlocks and leaks that Linux had in its release of XIVE devices, each shown
 * with the product's own code as it was before the commit that mended it, and gone as it was after.
 * {@link org.xivebench.replay.explore.history.Museum} lists the cases; docs/release.md tells them.
 */
package org.xivebench.replay.explore.history;
