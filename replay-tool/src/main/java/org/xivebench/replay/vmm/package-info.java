/**
 * The VMM's half of a virtual machine, what QEMU's pseries machine does about interrupts: it makes
 * the VM, connects an in-kernel device or emulates a controller itself, serves the hypercalls and
 * RTAS calls that KVM does not, and drives the interrupt lines of devices.
 *
 * <p>{@link org.xivebench.replay.vmm.Machine} is the way in. An in-kernel device is reached through
 * attributes, registers and mappings only. The emulated controllers do without KVM, as QEMU with
 * {@code kernel_irqchip=off}; the rest of the tool does not see which of the two a machine has.
 */
package org.xivebench.replay.vmm;
