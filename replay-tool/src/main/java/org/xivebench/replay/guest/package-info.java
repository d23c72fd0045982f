/**
 * The guest kernel's interrupt drivers: what runs on a vCPU. One driver for each mode does with the
 * controller what Linux's own drivers do; the state that they share (descriptors, event queues,
 * what is in service) outlives a change of mode, and {@link org.xivebench.replay.guest.Guest}
 * answers from it what a swap has to know.
 *
 * <p>Every operation on a controller is one call of {@link org.xivebench.kvm.GuestCpu}, and the
 * state is written right after it, before the next: a swap, which needs every vCPU outside the
 * guest, therefore finds driver and controller in agreement.
 */
package org.xivebench.replay.guest;
