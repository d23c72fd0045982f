/**
 * The command line: one class a command, listed in {@link org.xivebench.replay.cli.Commands}.
 *
 * <p>The commands only read options, call the packages that do the work, and print; how errors
 * become messages and exit codes is said once, in {@link org.xivebench.replay.cli.Failures}.
 * Nothing depends on this package.
 */
package org.xivebench.replay.cli;
