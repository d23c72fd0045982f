/**
 * Races of the hardware model under jcstress. Each test lists what may come out, with the reason,
 * and forbids everything else; the lists were written from the specification before the tests ran.
 */
package org.xivebench.stress;
