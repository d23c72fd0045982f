/**
 * The XICS-on-XIVE backend: KVM_DEV_TYPE_XICS. Exports nothing; it is reached through the device
 * type that it registers.
 *
 * <p>{@link org.xivebench.xics.XicsDeviceType} makes an {@link org.xivebench.xics.XicsDevice},
 * which connects vCPUs and hands calls on: hypercalls to {@link org.xivebench.xics.XicsHypercalls},
 * RTAS calls to {@link org.xivebench.xics.XicsRtas}, the state of sources to {@link
 * org.xivebench.xics.XicsSources}. {@link org.xivebench.xics.XicsVcpu} is what a vCPU has, {@link
 * org.xivebench.xics.XicsQueues} makes the queues behind it. {@link
 * org.xivebench.xics.XicsStateCarrier} carries interrupt state between devices, through the ABI
 * alone.
 *
 * <p>Where this differs from Linux on purpose: docs/decisions.md.
 */
package org.xivebench.xics;
