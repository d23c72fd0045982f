package org.xivebench.replay.cli;

import java.io.PrintStream;
import org.osgi.framework.BundleContext;
import org.xivebench.replay.Cancellation;

/**
 * What a command has to work with.
 *
 * @param bundles the way to the backends and other services; null outside an OSGi framework
 * @param out where results go
 * @param err where messages and progress go
 * @param terminal what is known of these two
 * @param cancellation how the user ends a command early; such a command exits with {@link
 *     ExitCode#PARTIAL}
 */
record CommandContext(
    BundleContext bundles,
    PrintStream out,
    PrintStream err,
    Terminal terminal,
    Cancellation cancellation) {}
