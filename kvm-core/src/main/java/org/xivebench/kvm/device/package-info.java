/**
 * What a backend implements: a device type, found as an OSGi service; the devices that it makes;
 * what they map; their vCPU connections. And the file through which a VMM holds a device.
 */
@Version("1.0.0")
package org.xivebench.kvm.device;

import org.osgi.annotation.versioning.Version;
