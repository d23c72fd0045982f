/**
 * The release protocol under Lincheck, a model checker that others wrote: it runs the same code,
 * plain, without the seam for our own scheduler, and chooses schedules by rewriting bytecode.
 */
package org.xivebench.lincheck;
