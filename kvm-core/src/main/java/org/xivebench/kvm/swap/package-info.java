/**
 * Changing the interrupt controller of a VM that runs: finding backends, swapping them, and keeping
 * the interrupt state while no backend is there.
 */
@Version("1.0.0")
package org.xivebench.kvm.swap;

import org.osgi.annotation.versioning.Version;
