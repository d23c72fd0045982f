/**
 * Tests of the distribution as users get it: its bundles in a real OSGi framework, and its script.
 *
 * <p>On the class path are the launcher and Felix, as in {@code bin/xivebench}. The bundles' own
 * classes are not: they live in the framework, so a test reaches them as any other bundle would,
 * through services and their properties.
 */
package org.xivebench.itest;
