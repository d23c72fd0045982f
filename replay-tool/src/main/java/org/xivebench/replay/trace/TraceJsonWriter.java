package org.xivebench.replay.trace;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Writes a trace as JSON Lines, for people and for tools that do not read recordings: a line for
 * the header, one for each event, one for the end. Values of 64 bits are hexadecimal texts, since
 * most readers of JSON would round them; all others are numbers.
 */
public final class TraceJsonWriter implements Closeable {
  static final String FORMAT = "xivebenchTrace";
  static final String EVENT = "event";
  static final String SEQUENCE = "sequence";
  static final String TIME = "timeNanos";
  static final String VCPU = "vcpu";
  static final String THREAD = "thread";
  static final String END = "TraceEnd";
  static final String COUNT = "count";

  private final JsonGenerator json;
  private long count;

  /**
   * Begins a trace.
   *
   * @param out where it goes, as UTF-8; closed by {@link #close}
   */
  public TraceJsonWriter(OutputStream out, TraceHeader header) throws IOException {
    json = new JsonFactory().createGenerator(out, JsonEncoding.UTF8);
    json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
    json.writeStartObject();
    json.writeNumberField(FORMAT, header.version());
    json.writeStringField("mode", header.mode().label());
    json.writeStringField("origin", header.origin());
    json.writeNumberField("firstSource", header.firstSource());
    json.writeStringField("observed", header.observedNames());
    json.writeArrayFieldStart("servers");
    for (int server : header.servers()) {
      json.writeNumber(server);
    }
    json.writeEndArray();
    writeSources("sources", header, false);
    writeSources("levelSources", header, true);
    json.writeEndObject();
  }

  private void writeSources(String name, TraceHeader header, boolean lsi) throws IOException {
    json.writeArrayFieldStart(name);
    for (TraceHeader.Source source : header.sources()) {
      if (!lsi || source.lsi()) {
        json.writeNumber(source.number());
      }
    }
    json.writeEndArray();
  }

  /** Appends an event, with the next number. */
  public void append(TraceEvent event) throws IOException {
    count++;
    json.writeStartObject();
    json.writeNumberField(SEQUENCE, count);
    json.writeStringField(EVENT, event.kind().simpleName());
    json.writeNumberField(TIME, event.timeNanos());
    json.writeNumberField(VCPU, event.vcpu());
    json.writeNumberField(THREAD, event.thread());
    List<TraceField> fields = event.kind().fields();
    for (int i = 0; i < fields.size(); i++) {
      TraceField field = fields.get(i);
      long value = event.valueAt(i);
      switch (field.type()) {
        case BOOLEAN -> json.writeBooleanField(field.jfrName(), value != 0);
        case INT -> json.writeNumberField(field.jfrName(), value);
        case LONG -> json.writeStringField(field.jfrName(), "0x" + Long.toHexString(value));
      }
    }
    json.writeEndObject();
  }

  /** Completes the trace. */
  public void end() throws IOException {
    json.writeStartObject();
    json.writeStringField(EVENT, END);
    json.writeNumberField(COUNT, count);
    json.writeEndObject();
    json.writeRaw('\n');
  }

  @Override
  public void close() throws IOException {
    json.close();
  }
}
