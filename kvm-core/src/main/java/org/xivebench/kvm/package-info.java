/**
 * The virtual machine, its vCPUs and its memory, with the kernel's lock names: {@code Vm.lock} is
 * {@code kvm->lock}, {@code Vcpu.mutex} is {@code vcpu->mutex}.
 */
@Version("1.0.0")
package org.xivebench.kvm;

import org.osgi.annotation.versioning.Version;
