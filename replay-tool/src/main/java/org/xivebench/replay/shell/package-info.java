/** The commands of {@code xivebench shell}: a VM that runs, and what one can do to it. */
package org.xivebench.replay.shell;
