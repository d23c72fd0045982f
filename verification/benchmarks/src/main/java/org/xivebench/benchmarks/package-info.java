/**
 * What an interrupt costs in the hardware model, beside a floor: the same compare-and-sets, memory
 * lookup and interrupt line in straight code.
 */
package org.xivebench.benchmarks;
