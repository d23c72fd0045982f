/**
 * The debugfs tree: files that render kernel state, and whose removal waits for the readers inside.
 */
@Version("1.0.0")
package org.xivebench.kvm.debugfs;

import org.osgi.annotation.versioning.Version;
