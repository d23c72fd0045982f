/**
 * The replay tool: plays the VMM for the devices under test.
 *
 * <p>Here is what its packages share: the exceptions that reach the user, files that appear whole
 * or not at all, progress and cancellation of long jobs. May be used by every package below it and
 * uses none of them.
 */
package org.xivebench.replay;
