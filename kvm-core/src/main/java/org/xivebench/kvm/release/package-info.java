/**
 * How a device is released while its VM runs: the protocol of Linux commit 6f868405faf0 as it
 * became and as it should be, in named steps of which each can be left out.
 */
@Version("1.0.0")
package org.xivebench.kvm.release;

import org.osgi.annotation.versioning.Version;
