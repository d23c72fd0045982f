/**
 * The XIVE-native backend: KVM_DEV_TYPE_XIVE. Exports nothing; it is reached through the device
 * type that it registers.
 */
package org.xivebench.xivenative;
