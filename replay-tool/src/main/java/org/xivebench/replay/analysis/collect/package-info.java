/**
 * Collectors that events are fed to: they take values one by one, in memory that does not grow with
 * their number, can be added to each other (files are read in parallel), and give the parts of the
 * {@link org.xivebench.replay.analysis.model model}. None is safe for use by several threads.
 */
package org.xivebench.replay.analysis.collect;
