/**
 * Two analyses side by side: what changed, by how much, and whether chance alone could have done
 * it.
 */
package org.xivebench.replay.analysis.compare;
