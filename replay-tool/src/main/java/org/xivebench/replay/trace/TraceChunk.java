package org.xivebench.replay.trace;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One chunk of a recording, built in memory: a header of 68 bytes, events, one checkpoint with the
 * threads and their names, the metadata that describe the event types. Format 2.1, as JDK 17 and 25
 * write and read it; its numbers are variable-length ones except in the header.
 */
final class TraceChunk {
  /** The header event and the end event, which are no {@link TraceKind}. */
  static final String HEADER = TraceKind.JFR_PREFIX + "TraceHeader";

  static final String SERVER = TraceKind.JFR_PREFIX + "TraceServer";
  static final String SOURCE = TraceKind.JFR_PREFIX + "TraceSource";
  static final String END = TraceKind.JFR_PREFIX + "TraceEnd";

  /** Type numbers in the metadata; those of the kinds follow. */
  static final int HEADER_TYPE = 20;

  static final int SERVER_TYPE = 21;
  static final int SOURCE_TYPE = 22;
  static final int END_TYPE = 23;

  private static final int FIRST_KIND_TYPE = 30;

  private static final int LONG = 1;
  private static final int INT = 2;
  private static final int BOOLEAN = 3;
  private static final int STRING = 4;
  private static final int THREAD = 5;
  private static final int TIMESTAMP = 10;
  private static final int LABEL = 11;
  private static final int DESCRIPTION = 12;
  private static final int CATEGORY = 13;

  private static final int HEADER_BYTES = 68;
  private static final int MAGIC = 0x464c5200;
  private static final long TICKS_PER_SECOND = 1_000_000_000L;
  private static final int EVENT_TYPE_CHECKPOINT = 1;
  private static final int EVENT_TYPE_METADATA = 0;

  /** Record sizes that are known only afterwards get a number of fixed length. */
  private static final int PADDED_BYTES = 4;

  /**
   * Ticks start this long before the chunk's first event: times in a trace may be out of order by
   * some microseconds, and a negative number of ticks takes nine bytes.
   */
  private static final long LEAD_NANOS = 10_000_000;

  private static final List<Element> METADATA = metadata();

  private byte[] bytes = new byte[1 << 16];
  private int end = HEADER_BYTES;
  private int recordStart;
  private long originNanos;
  private long firstTick = Long.MAX_VALUE;
  private long lastTick = Long.MIN_VALUE;

  /** Number of a kind's event type in the metadata. */
  static int typeOf(TraceKind kind) {
    return FIRST_KIND_TYPE + kind.index();
  }

  /** Bytes so far. */
  int size() {
    return end;
  }

  boolean isEmpty() {
    return end == HEADER_BYTES;
  }

  /** Begins an event with the fields that all have but the sequence. */
  void beginEvent(int type, long timeNanos, int thread) {
    if (isEmpty()) {
      originNanos = timeNanos - LEAD_NANOS;
    }
    long tick = timeNanos - originNanos;
    firstTick = Math.min(firstTick, tick);
    lastTick = Math.max(lastTick, tick);
    beginRecord();
    putLong(type);
    putLong(tick);
    putLong(thread);
  }

  void endEvent() {
    endRecord();
  }

  void putInt(int value) {
    putLong(value & 0xffff_ffffL);
  }

  void putBoolean(boolean value) {
    putByte(value ? 1 : 0);
  }

  void putLong(long value) {
    if (end + 9 > bytes.length) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2);
    }
    long rest = value;
    for (int i = 0; i < 8; i++) {
      if ((rest & ~0x7fL) == 0) {
        bytes[end++] = (byte) rest;
        return;
      }
      bytes[end++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[end++] = (byte) rest;
  }

  void putString(String text) {
    byte[] encoded = text.getBytes(UTF_8);
    if (encoded.length == 0) {
      putByte(1); // the empty string
      return;
    }
    putByte(3); // UTF-8 follows
    putLong(encoded.length);
    reserve(encoded.length);
    System.arraycopy(encoded, 0, bytes, end, encoded.length);
    end += encoded.length;
  }

  /**
   * Adds what stands behind the events, completes the header and writes the chunk.
   *
   * @param threads the recorded threads by their index in events, with the vCPU that each is
   */
  void writeTo(OutputStream out, Map<Long, TraceWriter.ThreadUse> threads) throws IOException {
    int checkpoint = end;
    beginRecord();
    putLong(EVENT_TYPE_CHECKPOINT);
    putLong(lastTick);
    putLong(0); // duration
    putLong(0); // offset to the previous checkpoint: there is none
    putByte(1); // flush
    putLong(1); // one pool
    putLong(THREAD);
    putLong(threads.size());
    threads.forEach(
        (number, use) -> {
          String name = use.name(number);
          putLong(use.index());
          putString(name);
          putLong(number);
          putString(name);
          putLong(number);
        });
    endRecord();

    int metadata = end;
    beginRecord();
    putLong(EVENT_TYPE_METADATA);
    putMetadata(lastTick);
    endRecord();

    ByteBuffer.wrap(bytes, 0, HEADER_BYTES)
        .putInt(MAGIC)
        .putShort((short) 2)
        .putShort((short) 1)
        .putLong(end)
        .putLong(checkpoint)
        .putLong(metadata)
        .putLong(originNanos + firstTick)
        .putLong(lastTick - firstTick + 1)
        .putLong(firstTick)
        .putLong(TICKS_PER_SECOND)
        .putInt(1); // integers are compressed
    out.write(bytes, 0, end);

    end = HEADER_BYTES;
    firstTick = Long.MAX_VALUE;
    lastTick = Long.MIN_VALUE;
  }

  /** The metadata of every trace that this program writes: a record without size and type. */
  static byte[] metadataRecord() {
    TraceChunk chunk = new TraceChunk();
    chunk.putMetadata(0);
    return Arrays.copyOfRange(chunk.bytes, HEADER_BYTES, chunk.end);
  }

  private void putMetadata(long tick) {
    putLong(tick);
    putLong(0); // duration
    putLong(1); // metadata id
    Map<String, Integer> strings = new LinkedHashMap<>();
    METADATA.forEach(element -> element.collect(strings));
    putLong(strings.size());
    strings.keySet().forEach(this::putString);
    METADATA.forEach(element -> element.put(this, strings));
  }

  private void beginRecord() {
    recordStart = end;
    reserve(PADDED_BYTES);
    end += PADDED_BYTES;
  }

  private void endRecord() {
    int size = end - recordStart;
    for (int i = 0; i < PADDED_BYTES; i++) {
      int more = i < PADDED_BYTES - 1 ? 0x80 : 0;
      bytes[recordStart + i] = (byte) (((size >>> (7 * i)) & 0x7f) | more);
    }
  }

  private void putByte(int value) {
    reserve(1);
    bytes[end++] = (byte) value;
  }

  private void reserve(int count) {
    if (end + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, end + count));
    }
  }

  private static List<Element> metadata() {
    String annotation = "java.lang.annotation.Annotation";
    Element types = new Element("metadata");
    types.add(type(LONG, "long", null));
    types.add(type(INT, "int", null));
    types.add(type(BOOLEAN, "boolean", null));
    types.add(type(STRING, "java.lang.String", null));
    types.add(
        type(THREAD, "java.lang.Thread", null)
            .add(field("osName", STRING))
            .add(field("osThreadId", LONG))
            .add(field("javaName", STRING))
            .add(field("javaThreadId", LONG)));
    types.add(type(TIMESTAMP, "jdk.jfr.Timestamp", annotation).add(field("value", STRING)));
    types.add(type(LABEL, "jdk.jfr.Label", annotation).add(field("value", STRING)));
    types.add(type(DESCRIPTION, "jdk.jfr.Description", annotation).add(field("value", STRING)));
    types.add(
        type(CATEGORY, "jdk.jfr.Category", annotation)
            .add(field("value", STRING).with("dimension", "1")));
    types.add(
        event(HEADER_TYPE, HEADER, "Trace header", "What the trace says of the machine")
            .add(field("version", INT, "Version", "version of the format"))
            .add(field("mode", STRING, "Mode", "interrupt mode of the guest: xive, xics or dual"))
            .add(field("origin", STRING, "Origin", "where the trace comes from"))
            .add(field("vcpuCount", INT, "vCPUs", "number of TraceServer events that follow"))
            .add(field("sourceCount", INT, "Sources", "number of TraceSource events that follow"))
            .add(field("firstSource", INT, "First source", "lowest number of a device's source"))
            .add(
                field(
                    "observed",
                    STRING,
                    "Observed",
                    "kinds of observation that were recorded each time, separated by spaces")));
    types.add(
        event(SERVER_TYPE, SERVER, "Server of a vCPU", "The interrupt server number of a vCPU")
            .add(field("vcpu", INT, "vCPU", "index of the vCPU"))
            .add(field("server", INT, "Server", "interrupt server number")));
    types.add(
        event(SOURCE_TYPE, SOURCE, "Source", "An interrupt source that the trace names")
            .add(field("source", INT, "Source", "number of the interrupt source"))
            .add(field("lsi", BOOLEAN, "LSI", "whether the source has a level")));
    types.add(
        event(END_TYPE, END, "Trace end", "The trace is whole")
            .add(field("count", LONG, "Count", "number of events with a sequence"))
            .add(field("digest", LONG, "Digest", "of all events, see docs/traces.md")));
    for (TraceKind kind : TraceKind.all()) {
      Element event = event(typeOf(kind), kind.jfrName(), kind.label(), null);
      event.add(field("sequence", LONG, "Sequence", "number of the event in its VM, from 1"));
      event.add(field("vcpu", INT, "vCPU", "index of the vCPU that did it; -1 for none"));
      for (TraceField field : kind.fields()) {
        int type =
            switch (field.type()) {
              case BOOLEAN -> BOOLEAN;
              case INT -> INT;
              case LONG -> LONG;
            };
        event.add(field(field.jfrName(), type, field.label(), field.description()));
      }
      types.add(event);
    }
    Element region = new Element("region").with("locale", "en_US").with("gmtOffset", "0");
    return List.of(new Element("root").add(types).add(region));
  }

  private static Element type(int id, String name, String superType) {
    Element type = new Element("class").with("name", name).with("id", Integer.toString(id));
    return superType == null ? type : type.with("superType", superType);
  }

  private static Element event(int id, String name, String label, String description) {
    Element event =
        type(id, name, "jdk.jfr.Event")
            .add(annotation(LABEL).with("value", label))
            .add(annotation(CATEGORY).with("value-0", "xivebench").with("value-1", "Trace"));
    if (description != null) {
      event.add(annotation(DESCRIPTION).with("value", description));
    }
    return event
        .add(
            field("startTime", LONG, "Start time", null)
                .add(annotation(TIMESTAMP).with("value", "TICKS")))
        .add(field("eventThread", THREAD, "Thread", null).with("constantPool", "true"));
  }

  private static Element field(String name, int type) {
    return new Element("field").with("name", name).with("class", Integer.toString(type));
  }

  private static Element field(String name, int type, String label, String description) {
    Element field = field(name, type).add(annotation(LABEL).with("value", label));
    return description == null
        ? field
        : field.add(annotation(DESCRIPTION).with("value", description));
  }

  private static Element annotation(int type) {
    return new Element("annotation").with("class", Integer.toString(type));
  }

  /** A node of the metadata tree. */
  private static final class Element {
    private final String name;
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private final List<Element> children = new ArrayList<>();

    Element(String name) {
      this.name = name;
    }

    Element with(String attribute, String value) {
      attributes.put(attribute, value);
      return this;
    }

    Element add(Element child) {
      children.add(child);
      return this;
    }

    void collect(Map<String, Integer> strings) {
      strings.putIfAbsent(name, strings.size());
      attributes.forEach(
          (attribute, value) -> {
            strings.putIfAbsent(attribute, strings.size());
            strings.putIfAbsent(value, strings.size());
          });
      children.forEach(child -> child.collect(strings));
    }

    void put(TraceChunk chunk, Map<String, Integer> strings) {
      chunk.putLong(strings.get(name));
      chunk.putLong(attributes.size());
      attributes.forEach(
          (attribute, value) -> {
            chunk.putLong(strings.get(attribute));
            chunk.putLong(strings.get(value));
          });
      chunk.putLong(children.size());
      children.forEach(child -> child.put(chunk, strings));
    }
  }
}
