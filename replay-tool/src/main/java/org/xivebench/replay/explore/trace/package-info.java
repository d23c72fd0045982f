/**
 * One schedule in full: run again with somebody who writes down each step, the locks that are held
 * at it, what was freed by whom, who waits for whom; and what is made of that for people, for
 * programs and for flight recordings.
 */
package org.xivebench.replay.explore.trace;
