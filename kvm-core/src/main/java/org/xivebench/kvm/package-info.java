/** The part of KVM that a VMM and a device share: VMs, vCPUs, guest memory, errors. */
@Version("0.1.0")
package org.xivebench.kvm;

import org.osgi.annotation.versioning.Version;
