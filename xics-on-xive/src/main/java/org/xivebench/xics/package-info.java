/**
 * The XICS-on-XIVE backend: KVM_DEV_TYPE_XICS. Exports nothing; it is reached through the device
 * type that it registers.
 */
package org.xivebench.xics;
