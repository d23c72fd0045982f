/**
 * Explores thread interleavings of the product's own code: a deterministic scheduler stands behind
 * {@code org.xivebench.sync}, runs one actor at a time, and chooses who goes next.
 */
package org.xivebench.replay.explore;
