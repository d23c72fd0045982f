/** What a run came to, as a table for people and as JSON for programs. */
package org.xivebench.replay.report;
