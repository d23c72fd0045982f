/**
 * Starts the bundles of a folder in an embedded OSGi framework and hands the command line to them.
 *
 * <p>The only package that is loaded from the class path and not from a bundle: it is packed into a
 * jar of its own ({@code lib/}) and left out of the replay-tool bundle, which imports it from the
 * system bundle. Were it in both places, the launcher would look for a service of one class and the
 * bundle would register one of the other. It must not refer to any other package of the product.
 */
@Version("1.0.0")
package org.xivebench.replay.launcher;

import org.osgi.annotation.versioning.Version;
