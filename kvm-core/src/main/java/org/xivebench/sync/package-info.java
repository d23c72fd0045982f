/**
 * Kernel-style synchronisation: mutexes and spinlocks with ranks and lock-order checking, wait
 * queues, the guest entry gate, read sections, lifetimes. Everything that the KVM core, the
 * hardware model and the backends synchronise with goes through here, because this package is the
 * seam at which {@link org.xivebench.sync.Scheduler} can stand: in normal runs the calls are plain
 * {@code java.util.concurrent}; in explored runs a scheduler decides at each of them who goes next.
 *
 * <p>Depends on nothing but the JDK. Anybody may depend on it.
 */
@Version("1.0.0")
package org.xivebench.sync;

import org.osgi.annotation.versioning.Version;
