/**
 * Recordings as traces for ui.perfetto.dev and chrome://tracing. Knows the reader of recordings and
 * of the analysis its filter only: events are passed on one by one, in constant memory.
 */
package org.xivebench.replay.perfetto;
