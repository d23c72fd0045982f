/**
 * The POWER9 XIVE interrupt hardware of one host, and the firmware (OPAL) calls that configure it:
 * ESB sources, EAS, END with its event queue, NVT, TIMA. One interrupt's way:
 *
 * <pre>
 *   {@link org.xivebench.xive.EsbSource}  PQ coalesces; at most one event of a source is under way
 *      | EAS ({@link org.xivebench.xive.EasWord}) names an END and the data that the guest will see
 *   {@link org.xivebench.xive.End}        writes an entry to its queue ({@link org.xivebench.xive.QueueMemory})
 *      |
 *   {@link org.xivebench.xive.Nvt}        is the VP dispatched? no: saved IPB, and escalation (END 7, host irq)
 *      | yes
 *   {@link org.xivebench.xive.Tima}       OS ring: IPB, PIPR, NSR.EO, external interrupt line
 * </pre>
 *
 * <p>Words are numbered as the architecture does (IBM, 0 most significant) where the constants say
 * {@code ibm}. The data path has no lock and allocates nothing: PQ, the OS ring (with the valid bit
 * and the CAM of its context in the same word) and the END's second word are changed by
 * compare-and-set; an END is processed by one thread at a time, as in hardware.
 *
 * <p>Knows {@link org.xivebench.sync} only. Anybody in kvm-core, and the emulated controllers of a
 * VMM, may depend on it.
 */
@Version("1.0.0")
package org.xivebench.xive;

import org.osgi.annotation.versioning.Version;
