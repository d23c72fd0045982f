/**
 * Handshakes that are wrong on purpose: what shows that the tests can see anything at all. Each has
 * to fail.
 */
package org.xivebench.stress.mutant;
