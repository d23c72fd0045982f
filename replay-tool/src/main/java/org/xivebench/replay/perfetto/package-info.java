/**
 * Recordings as traces for ui.perfetto.dev and chrome://tracing. Knows the reader of recordings and
 * nothing of the analysis: events are passed on one by one, in constant memory.
 */
package org.xivebench.replay.perfetto;
