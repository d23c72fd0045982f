/**
 * Turns what other programs recorded into traces. Importers stream their input, in memory that does
 * not depend on its size, and report what they took and what they skipped, and why.
 *
 * <p>{@link org.xivebench.replay.importer.QemuLogImporter} reads the logs of QEMU's pseries
 * machine.
 */
package org.xivebench.replay.importer;
