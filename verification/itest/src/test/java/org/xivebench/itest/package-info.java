/**
 * Tests of the distribution as users get it: its bundles in a real OSGi framework, and its script.
 *
 * <p>On the class path are the launcher and Felix, as in {@code bin/xivebench}. The bundles'
 * classes live in the framework: a test reaches them as another bundle would, through services, or
 * from a bundle that it packs itself.
 */
package org.xivebench.itest;
