/**
 * Flight recordings of running JVMs, fetched while they go on. Knows JMX and the JDK's management
 * beans, and nothing of what is done with the bytes.
 */
package org.xivebench.replay.live;
