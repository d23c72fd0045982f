/**
 * Reads and writes flight recordings (.jfr) as streams, in constant memory. Needs the JDK only and
 * knows nothing of the bench: traces, importers and analyses build on it.
 *
 * <h2>Reading</h2>
 *
 * Say what is wanted, then pull the events, or push them through handlers. Only the fields named
 * are decoded; a field's position among them is its slot.
 *
 * <pre>{@code
 * try (JfrReader reader = JfrReader.open(file)) {
 *   EventCursor parks =
 *       reader.select("jdk.ThreadPark", "startTime", "duration", "eventThread", "parkedClass");
 *   EventCursor all = reader.select(type -> true);       // counts every event, decodes nothing
 *   for (EventCursor event; (event = reader.next()) != null; ) {
 *     if (event == parks) {
 *       long start = event.getNanos(0);                  // epoch nanoseconds
 *       long length = event.getNanos(1);                 // nanoseconds
 *       ThreadInfo thread = event.getThread(2);          // one object for each thread and chunk
 *       String parkedOn = event.getClassName(3);
 *     } else if (event == all) {
 *       counts.merge(event.type().name(), 1L, Long::sum);
 *     }
 *   }
 * }
 *
 * long[] row = new long[3];                              // for millions: no call for each field
 * EventCursor numbers = reader.selectRows(type -> true, "startTime", "source", "value");
 * while (reader.next(row) == numbers) { sum += row[2]; }
 *
 * reader.on("jdk.ExecutionSample", e -> samples.add(e.getStackTrace(0)), "stackTrace");
 * reader.readAll();
 *
 * EventCursor everything = reader.selectWhole(type -> type.categories().contains("GC"));
 * Struct event = everything.struct();                    // every field, boxed, for print and diff
 * }</pre>
 *
 * An event that two selections want comes once for each. A field that a type does not have reads as
 * 0 or null, and {@link org.xivebench.replay.jfr.EventCursor#has} tells; so one selection serves
 * recordings of different JDKs, and {@code type -> true} with {@code "eventThread"} serves all
 * events that have a thread.
 */
package org.xivebench.replay.jfr;
