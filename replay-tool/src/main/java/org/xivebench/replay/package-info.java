/** The replay tool: plays the VMM for the devices under test. */
package org.xivebench.replay;
