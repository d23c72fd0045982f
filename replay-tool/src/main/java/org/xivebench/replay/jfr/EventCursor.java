package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A selection of events and, while reading, the view of the current one. The fields asked for are
 * numbered in the order in which they were named: these numbers are the slots. Nothing is boxed and
 * nothing allocated to look at numbers; constants (threads, classes, strings, stack traces) are
 * looked up when they are asked for and kept for the rest of the chunk.
 *
 * <p>A slot whose field the event's type does not have in the current chunk reads as 0, false or
 * null; {@link #has} tells.
 *
 * <p>A cursor belongs to its {@link JfrReader} and shows something only between its delivery and
 * the next call to {@link JfrReader#next}.
 */
public final class EventCursor {
  /** How a slot gets its value in one chunk. */
  private static final class Slot {
    final FieldInfo field;
    final ConstantPools.Pool pool;

    /** Path inside the constant, or null for the constant itself. */
    final String inside;

    final Object[] cache;

    /** Of a constant that is a stack trace, its frames; otherwise null. */
    final FieldInfo frames;

    Slot(FieldInfo field, ConstantPools.Pool pool, String inside, int cacheSize) {
      this.field = field;
      this.pool = pool;
      this.inside = inside;
      this.cache = new Object[cacheSize];
      FieldInfo named = pool == null ? null : pool.type.field("frames");
      this.frames = named != null && named.isArray() ? named : null;
    }

    boolean isInlineText() {
      return pool == null && !field.isArray() && field.type().kind() == TypeInfo.Kind.STRING;
    }
  }

  /** The selection applied to one event type, as one metadata declares it. */
  static final class Plan {
    private final EventCursor cursor;
    private final TypeInfo type;
    private final FieldProgram program;
    private final List<FieldInfo> leaves;
    private final List<String> insides;

    private Plan(
        EventCursor cursor,
        TypeInfo type,
        FieldProgram program,
        List<FieldInfo> leaves,
        List<String> insides) {
      this.cursor = cursor;
      this.type = type;
      this.program = program;
      this.leaves = leaves;
      this.insides = insides;
    }

    /** Whether values may lie in the chunk's constant pools. */
    boolean needsConstants() {
      if (cursor.wholeEvents) {
        return true;
      }
      for (FieldInfo leaf : leaves) {
        if (leaf != null
            && (leaf.isConstant() || leaf.isArray() || !leaf.type().kind().isScalar())) {
          return true;
        }
      }
      return false;
    }

    /** Tells the pools of a chunk which constants will be asked for. */
    void want(ConstantPools pools) {
      if (cursor.wholeEvents) {
        pools.want(type);
      }
      for (FieldInfo leaf : leaves) {
        if (leaf != null) {
          pools.want(leaf);
        }
      }
    }
  }

  /** A plan at work in one chunk, whose constants are indexed. */
  static final class Binding {
    final EventCursor cursor;
    final TypeInfo type;
    private final ChunkReader chunk;
    private final FieldProgram program;
    private final Slot[] slots;

    Binding(Plan plan, ChunkReader chunk) {
      this.cursor = plan.cursor;
      this.type = plan.type;
      this.chunk = chunk;
      this.program = plan.program;
      this.slots = new Slot[plan.leaves.size()];
      for (int i = 0; i < slots.length; i++) {
        FieldInfo leaf = plan.leaves.get(i);
        if (leaf != null) {
          ConstantPools.Pool pool = leaf.isConstant() ? chunk.pools().pool(leaf.type()) : null;
          String inside = plan.insides.get(i);
          slots[i] = new Slot(leaf, pool, inside, inside == null ? 0 : pool.size());
        }
      }
    }
  }

  private final Predicate<TypeInfo> filter;
  private final List<String> paths;
  private final boolean wholeEvents;
  private final EventHandler handler;
  private final Row row;
  private final boolean uncut;
  private final int index;
  private long[] values;
  private int base;
  private final RecordBytes bytes = new RecordBytes();
  private Binding binding;
  private ConstantPools pools;
  private long position;

  /** Of the current record: the bytes around it, where its fields begin, where it ends. */
  private byte[] record;

  private int payload;
  private int end;

  /** Position in the recording of {@code record[0]}. */
  private long origin;

  /**
   * @param index number of the selection, in the order in which they were made
   * @param row where slots are put, if that is not for the cursor to say; or null
   */
  EventCursor(
      Predicate<TypeInfo> filter,
      List<String> paths,
      boolean whole,
      EventHandler handler,
      int index,
      Row row) {
    this.filter = filter;
    this.paths = List.copyOf(paths);
    this.wholeEvents = whole;
    this.handler = handler;
    this.index = index;
    this.row = row == null ? new Row(new long[paths.size()]) : row;
    this.uncut = row != null;
  }

  EventHandler handler() {
    return handler;
  }

  /** Compiles the selection for a type, or returns null if the selection does not want it. */
  Plan plan(TypeInfo type, FieldProgram.Compiler compiler, boolean toTheEnd)
      throws FieldProgram.UnusableTypeException {
    if (!filter.test(type)) {
      return null;
    }
    List<List<FieldInfo>> inline = new ArrayList<>();
    List<FieldInfo> leaves = new ArrayList<>();
    List<String> insides = new ArrayList<>();
    for (String path : paths) {
      List<FieldInfo> steps = new ArrayList<>();
      String inside = null;
      TypeInfo at = type;
      int from = 0;
      while (true) {
        int dot = path.indexOf('.', from);
        FieldInfo field = at.field(dot < 0 ? path.substring(from) : path.substring(from, dot));
        if (field == null) {
          steps = null;
          break;
        }
        steps.add(field);
        if (dot < 0) {
          break;
        }
        if (field.isConstant() && !field.isArray()) {
          inside = path.substring(dot + 1);
          break;
        }
        if (field.isArray()) {
          steps = null;
          break;
        }
        at = field.type();
        from = dot + 1;
      }
      inline.add(steps);
      leaves.add(steps == null ? null : steps.get(steps.size() - 1));
      insides.add(inside);
    }
    return new Plan(
        this, type, compiler.load(type, inline, toTheEnd || wholeEvents, uncut), leaves, insides);
  }

  /**
   * Shows an event.
   *
   * @return whether the record's bytes hold what its type says
   */
  boolean load(
      Binding newBinding,
      byte[] newRecord,
      int newPayload,
      int newEnd,
      long newOrigin,
      long newPosition) {
    // References are stored only where they change. For each store a garbage collector marks its
    // card, and threads that do so a million times a second, each for objects of its own, take the
    // cards from each other: many objects' cards lie in one line of a processor's cache.
    if (binding != newBinding) {
      binding = newBinding;
      pools = newBinding.chunk.pools();
    }
    if (record != newRecord) {
      record = newRecord;
    }
    if (values != row.slots) {
      values = row.slots;
    }
    base = row.base;
    payload = newPayload;
    end = newEnd;
    origin = newOrigin;
    position = newPosition;
    return newBinding.program.run(newRecord, newPayload, newEnd, values, base) <= newEnd;
  }

  /**
   * Number of the selection among those of its reader, from 0 in the order in which they were made.
   */
  public int index() {
    return index;
  }

  /** The event's type as the current chunk declares it. */
  public TypeInfo type() {
    return binding.type;
  }

  /** The chunk that holds the event. */
  public ChunkHeader chunk() {
    return binding.chunk.header();
  }

  /** How ticks of the event's chunk become times. */
  public TickClock clock() {
    return binding.chunk.clock();
  }

  /** The types that the event's chunk declares. */
  public Metadata metadata() {
    return binding.chunk.layout().metadata();
  }

  /** Offset of the event's record from the start of the (uncompressed) recording. */
  public long position() {
    return position;
  }

  /** Bytes of the event's record, its size and type number included. */
  public int sizeBytes() {
    return (int) (origin + end - position);
  }

  /** Whether the event's type has the field of that slot. */
  public boolean has(int slot) {
    return binding.slots[slot] != null;
  }

  /** The field behind a slot, or null. */
  public FieldInfo field(int slot) {
    Slot s = binding.slots[slot];
    return s == null ? null : s.field;
  }

  /**
   * The value of a numeric or boolean field as it was recorded (times in the field's own unit,
   * often ticks; see {@link #getNanos}), or the constant pool key of a constant.
   */
  public long getLong(int slot) {
    Slot s = binding.slots[slot];
    if (s == null) {
      return 0;
    }
    if (s.inside != null) {
      return Struct.asLong(inside(s, slot));
    }
    return values[base + slot];
  }

  public int getInt(int slot) {
    return (int) getLong(slot);
  }

  public boolean getBoolean(int slot) {
    return getLong(slot) != 0;
  }

  /** The value of a {@code float} or {@code double} field, or of an integer field as a double. */
  public double getDouble(int slot) {
    Slot s = binding.slots[slot];
    if (s == null) {
      return 0;
    }
    if (s.inside != null) {
      return inside(s, slot) instanceof Number number ? number.doubleValue() : 0;
    }
    TypeInfo.Kind kind = s.field.type().kind();
    return !s.field.isConstant() && (kind == TypeInfo.Kind.FLOAT || kind == TypeInfo.Kind.DOUBLE)
        ? Double.longBitsToDouble(values[base + slot])
        : values[base + slot];
  }

  /**
   * A time in nanoseconds: since the epoch for a {@code @Timestamp} field, a length for a
   * {@code @Timespan} field. {@code Long.MIN_VALUE} ("not available") and {@code Long.MAX_VALUE}
   * ("for ever") stay what they are.
   */
  public long getNanos(int slot) {
    Slot s = binding.slots[slot];
    if (s == null) {
      return 0;
    }
    return nanos(s.field, getLong(slot), binding.chunk.clock());
  }

  static long nanos(FieldInfo field, long value, TickClock clock) {
    if (value == Long.MIN_VALUE || value == Long.MAX_VALUE) {
      return value;
    }
    return switch (field.timeUnit()) {
      case TICKS -> field.isTimestamp() ? clock.epochNanos(value) : clock.nanos(value);
      case MICROSECONDS -> value * 1_000;
      case MILLISECONDS -> value * 1_000_000;
      case SECONDS -> value * 1_000_000_000;
      case NANOSECONDS, NONE -> value;
    };
  }

  /**
   * The text of a string field, or of a constant that stands for a text (an enumeration's name, a
   * symbol). Of a structure, null.
   */
  public String getString(int slot) {
    Slot s = binding.slots[slot];
    if (s != null && s.inside == null && s.isInlineText()) {
      int at = (int) values[base + slot];
      if (record[at] == RecordBytes.STRING_CONSTANT) {
        // The texts that come again and again, paths for instance, without an object for each.
        Object text = pools.value(pools.strings(), Bytes.varint(record, at + 1));
        return text == null ? null : text.toString();
      }
    }
    Object value = getObject(slot);
    return value == null || value instanceof Struct || value instanceof Object[]
        ? null
        : value.toString();
  }

  /** The value of a field of any kind, as {@link Struct} has it. */
  public Object getObject(int slot) {
    Slot s = binding.slots[slot];
    if (s == null) {
      return null;
    }
    if (s.inside != null) {
      return inside(s, slot);
    }
    long raw = values[base + slot];
    if (s.field.isArray() || (s.pool == null && !s.field.type().kind().isScalar())) {
      return composite(s.field, (int) raw);
    }
    if (s.pool != null) {
      return pools.value(s.pool, raw);
    }
    return switch (s.field.type().kind()) {
      case INT -> (int) raw;
      case SHORT -> (short) raw;
      case CHAR -> (char) raw;
      case BYTE -> (byte) raw;
      case BOOLEAN -> raw != 0;
      case FLOAT -> (float) Double.longBitsToDouble(raw);
      case DOUBLE -> Double.longBitsToDouble(raw);
      default -> raw;
    };
  }

  private Object composite(FieldInfo field, int index) {
    try {
      return Struct.resolve(pools.field(bytes.reset(record, index, end, origin), field));
    } catch (BadRecordException e) {
      throw new AssertionError("a field that was passed over does not decode", e);
    }
  }

  private Object inside(Slot s, int slot) {
    int ordinal = s.pool.ordinal(values[base + slot]);
    if (ordinal < 0) {
      return null;
    }
    Object value = s.cache[ordinal];
    if (value == null) {
      value = pools.valueAt(s.pool, ordinal) instanceof Struct struct ? struct.get(s.inside) : null;
      s.cache[ordinal] = value;
    }
    return value;
  }

  private Slot constant(int slot) {
    Slot s = binding.slots[slot];
    if (s != null && (s.pool == null || s.inside != null || s.field.isArray())) {
      throw new IllegalArgumentException(
          "field " + paths.get(slot) + " of " + binding.type.name() + " is no constant");
    }
    return s;
  }

  /** The thread that a constant field names, or null. */
  public ThreadInfo getThread(int slot) {
    Slot s = constant(slot);
    return s == null ? null : pools.thread(s.pool, values[base + slot]);
  }

  /** The name of the class that a constant field names, in Java form, or null. */
  public String getClassName(int slot) {
    Slot s = constant(slot);
    return s == null ? null : pools.className(s.pool, values[base + slot]);
  }

  /** The method that a constant field names, or null. */
  public MethodInfo getMethod(int slot) {
    Slot s = constant(slot);
    return s == null ? null : pools.method(s.pool, values[base + slot]);
  }

  /** The stack trace that a constant field names, or null; one object for each trace and chunk. */
  public StackTrace getStackTrace(int slot) {
    Slot s = constant(slot);
    return s == null ? null : pools.stackTrace(s.pool, values[base + slot]);
  }

  /** The number of frames of the stack trace that a constant field names, without reading them. */
  public int getStackDepth(int slot) {
    Slot s = constant(slot);
    if (s == null) {
      return 0;
    }
    return s.frames == null ? 0 : pools.arrayLength(s.pool, values[base + slot], s.frames);
  }

  /**
   * The whole event; only of a selection made by {@link JfrReader#selectWhole}.
   *
   * @return a new structure; its references to constants are good until the chunk's end
   */
  public Struct struct() {
    if (!wholeEvents) {
      throw new IllegalStateException("the selection does not ask for whole events");
    }
    try {
      return pools.struct(bytes.reset(record, payload, end, origin), binding.type);
    } catch (BadRecordException e) {
      throw new AssertionError("an event that was passed over does not decode", e);
    }
  }
}
