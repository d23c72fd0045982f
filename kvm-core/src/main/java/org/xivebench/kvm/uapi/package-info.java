/**
 * The words and numbers of the user ABI: attribute groups, source and queue words, one_reg layouts,
 * hypercall numbers. Constants and layouts only; anybody may depend on it.
 */
@Version("1.0.0")
package org.xivebench.kvm.uapi;

import org.osgi.annotation.versioning.Version;
