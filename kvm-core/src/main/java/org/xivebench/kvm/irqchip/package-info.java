/**
 * What the two KVM devices on XIVE hardware share: the recycled device structure, source blocks,
 * presenters and their queues, target selection, masking, escalation, and the common parts of
 * release. For backends only.
 *
 * <p>Source: arch/powerpc/kvm/book3s_xive.c and book3s_xive.h, Linux v5.10 and v6.
 */
@Version("1.0.0")
package org.xivebench.kvm.irqchip;

import org.osgi.annotation.versioning.Version;
