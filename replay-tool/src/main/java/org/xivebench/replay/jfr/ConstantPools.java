package org.xivebench.replay.jfr;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The constants of one chunk. What is kept of each is where it lies; it is read when it is asked
 * for, and kept from then on. Types that no selection can reach are not even indexed.
 *
 * <p>A checkpoint is a record of type 1: {@code size, 1, time, duration, distance to the previous
 * checkpoint, kind:1, pools}, each pool being {@code type, count, (key, value)…}. When a key is
 * given twice in a chunk, the first in the file counts, as with {@code RecordingFile}.
 */
final class ConstantPools {
  private static final int PAGE_SHIFT = 13;
  private static final int PAGES = 32;
  private static final int MAX_SIMPLE_CHAIN = 8;

  /** The constants of one type. */
  static final class Pool {
    final TypeInfo type;
    private final LongIndex keys = new LongIndex();
    private long[] positions = new long[16];
    private int[] lengths = new int[16];
    private Object[] values;
    private Object[] views;
    private int[] depths;

    Pool(TypeInfo type) {
      this.type = type;
    }

    private void add(long key, long position, int length) {
      int before = keys.size();
      int ordinal = keys.add(key);
      if (ordinal < before) {
        return;
      }
      if (ordinal == positions.length) {
        positions = Arrays.copyOf(positions, ordinal * 2);
        lengths = Arrays.copyOf(lengths, ordinal * 2);
      }
      positions[ordinal] = position;
      lengths[ordinal] = length;
    }

    /** A small number for a key, the same as long as the chunk lasts; -1 for an unknown key. */
    int ordinal(long key) {
      return keys.find(key);
    }

    int size() {
      return keys.size();
    }
  }

  private final RecordingSource source;
  private final Metadata metadata;
  private final FieldProgram.Compiler compiler;
  private final long chunkStart;
  private final long chunkEnd;
  private final Map<Long, Pool> pools = new HashMap<>();
  private final Window[] pages = new Window[PAGES];
  private final RecordBytes cursor = new RecordBytes();
  private final Pool strings;

  ConstantPools(RecordingSource source, ChunkLayout layout, long chunkStart, long chunkEnd) {
    this.source = source;
    this.metadata = layout.metadata();
    this.compiler = layout.compiler();
    this.chunkStart = chunkStart;
    this.chunkEnd = chunkEnd;
    TypeInfo string = metadata.type("java.lang.String");
    this.strings = string == null ? null : pool(string);
  }

  /** The pool of a type, which from now on is wanted, as are those that its values refer to. */
  Pool pool(TypeInfo type) {
    Pool pool = pools.get(type.id());
    if (pool == null) {
      pool = new Pool(type);
      pools.put(type.id(), pool);
      want(type, new ArrayList<>());
    }
    return pool;
  }

  /** Makes the constants wanted that a value of this field refers to. */
  void want(FieldInfo field) {
    if (field.isConstant()) {
      pool(field.type());
    } else {
      want(field.type());
    }
  }

  /** Makes the constants wanted that a structure of this type refers to. */
  void want(TypeInfo type) {
    want(type, new ArrayList<>());
  }

  private void want(TypeInfo type, List<TypeInfo> inside) {
    if (inside.contains(type)) {
      return;
    }
    inside.add(type);
    for (FieldInfo field : type.fields()) {
      if (field.isConstant()) {
        pool(field.type());
      } else if (field.type().kind() == TypeInfo.Kind.STRUCT) {
        want(field.type(), inside);
      }
    }
  }

  /** The pool of text that is stored inline as a reference, or null. */
  Pool strings() {
    return strings;
  }

  /** What an index run found out about a checkpoint that does not decode. */
  interface DamageSink {
    /**
     * Called once for a checkpoint whose rest is unreadable.
     *
     * @throws BadRecordException to give up
     */
    void damaged(long from, long to, BadRecordException why) throws BadRecordException;
  }

  /**
   * Indexes the wanted constants of one checkpoint.
   *
   * @param position of the checkpoint's first byte
   * @param size of the record
   */
  void index(Window window, long position, long size, DamageSink sink)
      throws IOException, BadRecordException {
    long end = position + size;
    long at = position;
    long sound = position;
    try {
      CheckpointHead head = CheckpointHead.read(window, position, end);
      at = head.poolsPosition();
      for (int i = 0; i < head.poolCount(); i++) {
        sound = at;
        at = indexPool(window, at, end);
      }
      sound = at;
      if (at != end) {
        throw new BadRecordException(at, "a checkpoint has " + (end - at) + " bytes too many");
      }
    } catch (BadRecordException e) {
      sink.damaged(sound, end, e);
    }
  }

  /** The pools of a checkpoint up to the first that does not decode. */
  record SoundPools(int count, long end) {}

  /** Tells how much of a checkpoint is sound; to be asked of pools that nothing is wanted of. */
  SoundPools soundPools(Window window, CheckpointHead head, long end) throws IOException {
    long at = head.poolsPosition();
    int count = 0;
    try {
      while (count < head.poolCount()) {
        at = indexPool(window, at, end);
        count++;
      }
    } catch (BadRecordException e) {
      // What came before it is sound.
    }
    return new SoundPools(count, at);
  }

  private long indexPool(Window window, long position, long end)
      throws IOException, BadRecordException {
    int index = window.view(position, 64, end);
    cursor.reset(window.bytes(), index, index + (int) Math.min(64, end - position), window.start());
    long typeId = cursor.varint();
    long count = cursor.varint();
    long at = window.start() + cursor.index();
    TypeInfo type = metadata.type(typeId);
    if (type == null) {
      throw new BadRecordException(position, "a constant pool has the undeclared type " + typeId);
    }
    if (count < 0 || count > end - at) {
      throw new BadRecordException(
          position, "a constant pool claims " + count + " values of type " + type.name());
    }
    FieldProgram skip;
    try {
      skip = compiler.skip(type);
    } catch (FieldProgram.UnusableTypeException e) {
      throw new BadRecordException(position, e.getMessage());
    }
    Pool pool = pools.get(typeId);
    for (long i = 0; i < count; i++) {
      int view = 256;
      while (true) {
        index = window.view(at, view, end);
        int limit = (int) Math.min(window.length(), end - window.start());
        int p = Math.min(limit, index);
        int keyBytes = p < limit ? Bytes.varintLength(window.bytes(), p) : 1;
        int after =
            keyBytes <= limit - p ? skip.skip(window.bytes(), p + keyBytes, limit) : limit + 1;
        if (after <= limit) {
          if (pool != null) {
            pool.add(Bytes.varint(window.bytes(), p), at + keyBytes, after - p - keyBytes);
          }
          at += after - p;
          break;
        }
        boolean more =
            window.start() + window.length() < end && window.length() - index < Window.MAX_BYTES;
        if (after == FieldProgram.MALFORMED || !more) {
          throw new BadRecordException(
              at,
              "constant "
                  + (i + 1)
                  + " of "
                  + count
                  + " of type "
                  + type.name()
                  + " does not decode");
        }
        view = Math.min(Window.MAX_BYTES, Math.max(view * 2, (window.length() - index) * 2));
      }
    }
    return at;
  }

  /** The value of a constant; null when there is none with that key. */
  Object value(Pool pool, long key) {
    int ordinal = pool.ordinal(key);
    return ordinal < 0 ? null : valueAt(pool, ordinal, 0);
  }

  /** The value of the constant with that ordinal. */
  Object valueAt(Pool pool, int ordinal) {
    return valueAt(pool, ordinal, 0);
  }

  private Object valueAt(Pool pool, int ordinal, int chain) {
    if (pool.values == null) {
      pool.values = new Object[pool.size()];
    }
    Object value = pool.values[ordinal];
    if (value == null) {
      value = decode(pool, ordinal);
      while (value instanceof Struct.Reference reference) {
        int target = reference.pool().ordinal(reference.key());
        if (target < 0 || chain >= MAX_SIMPLE_CHAIN) {
          return null;
        }
        value = valueAt(reference.pool(), target, chain + 1);
      }
      pool.values[ordinal] = value;
    }
    return value;
  }

  private Object decode(Pool pool, int ordinal) {
    try {
      locate(pool, ordinal);
      return value(cursor, pool.type);
    } catch (BadRecordException e) {
      throw new AssertionError("a constant that was indexed does not decode", e);
    }
  }

  private void locate(Pool pool, int ordinal) {
    long position = pool.positions[ordinal];
    int length = pool.lengths[ordinal];
    long page = (position - chunkStart) >>> PAGE_SHIFT;
    long pageStart = chunkStart + (page << PAGE_SHIFT);
    int slot = (int) (page & (PAGES - 1));
    if (pages[slot] == null) {
      pages[slot] = new Window(source, 1 << PAGE_SHIFT);
    }
    Window window = pages[slot];
    try {
      int before = (int) (position - pageStart);
      int index =
          before + length <= 1 << PAGE_SHIFT
              ? window.view(pageStart, before + length, chunkEnd) + before
              : window.view(position, length, chunkEnd);
      cursor.reset(window.bytes(), index, index + length, window.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Decodes a value of a type; what it refers to in the pools is left for later. */
  Object value(RecordBytes in, TypeInfo type) throws BadRecordException {
    return switch (type.kind()) {
      case LONG -> in.varint();
      case INT -> (int) in.varint();
      case SHORT -> (short) in.varint();
      case CHAR -> (char) in.varint();
      case BYTE -> in.signedByte();
      case BOOLEAN -> in.signedByte() != 0;
      case FLOAT -> in.float32();
      case DOUBLE -> in.float64();
      case STRING -> string(in);
      case STRUCT -> type.isSimple() ? field(in, type.fields().get(0)) : struct(in, type);
    };
  }

  private Object string(RecordBytes in) throws BadRecordException {
    int encoding = in.signedByte();
    return encoding == RecordBytes.STRING_CONSTANT
        ? new Struct.Reference(this, strings, in.varint())
        : in.stringBody(encoding);
  }

  Struct struct(RecordBytes in, TypeInfo type) throws BadRecordException {
    List<FieldInfo> fields = type.fields();
    Object[] values = new Object[fields.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = field(in, fields.get(i));
    }
    return new Struct(type, values);
  }

  /** Decodes the value of a field. */
  Object field(RecordBytes in, FieldInfo field) throws BadRecordException {
    if (!field.isArray()) {
      return element(in, field);
    }
    Object[] elements = new Object[in.count(1)];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = element(in, field);
    }
    return elements;
  }

  private Object element(RecordBytes in, FieldInfo field) throws BadRecordException {
    if (field.isConstant()) {
      return new Struct.Reference(this, pool(field.type()), in.varint());
    }
    return value(in, field.type());
  }

  /** The constant as a thread, or null when it is none. */
  ThreadInfo thread(Pool pool, long key) {
    int ordinal = pool.ordinal(key);
    if (ordinal < 0) {
      return null;
    }
    Object view = view(pool, ordinal);
    if (view == null && valueAt(pool, ordinal) instanceof Struct struct) {
      view = ThreadInfo.of(struct);
      pool.views[ordinal] = view;
    }
    return view instanceof ThreadInfo thread ? thread : null;
  }

  /** The constant as the name of a class, or null when there is none. */
  String className(Pool pool, long key) {
    int ordinal = pool.ordinal(key);
    if (ordinal < 0) {
      return null;
    }
    Object view = view(pool, ordinal);
    if (view == null) {
      view = MethodInfo.className(valueAt(pool, ordinal));
      pool.views[ordinal] = view;
    }
    return view instanceof String name ? name : null;
  }

  /** The constant as a method, or null when it is none. */
  MethodInfo method(Pool pool, long key) {
    int ordinal = pool.ordinal(key);
    if (ordinal < 0) {
      return null;
    }
    Object view = view(pool, ordinal);
    if (view == null && valueAt(pool, ordinal) instanceof Struct struct) {
      view = MethodInfo.of(struct);
      pool.views[ordinal] = view;
    }
    return view instanceof MethodInfo method ? method : null;
  }

  /** The constant as a stack trace, or null when it is none. */
  StackTrace stackTrace(Pool pool, long key) {
    int ordinal = pool.ordinal(key);
    if (ordinal < 0) {
      return null;
    }
    Object view = view(pool, ordinal);
    if (view == null && valueAt(pool, ordinal) instanceof Struct struct) {
      List<StackFrame> frames = new ArrayList<>();
      if (struct.get("frames") instanceof Object[] elements) {
        for (Object element : elements) {
          frames.add(frame(element));
        }
      }
      view = new StackTrace(struct.getLong("truncated") != 0, frames);
      pool.views[ordinal] = view;
    }
    return view instanceof StackTrace trace ? trace : null;
  }

  private StackFrame frame(Object element) {
    if (!(element instanceof Struct frame)) {
      return new StackFrame(null, 0, 0, null);
    }
    MethodInfo method = null;
    Object recorded = frame.unresolved("method");
    if (recorded instanceof Struct.Reference reference) {
      method = method(reference.pool(), reference.key()); // one object for all frames in a method
    } else if (recorded instanceof Struct struct) {
      method = MethodInfo.of(struct);
    }
    return new StackFrame(
        method,
        (int) frame.getLong("lineNumber"),
        (int) frame.getLong("bytecodeIndex"),
        frame.getString("type"));
  }

  private static Object view(Pool pool, int ordinal) {
    if (pool.views == null) {
      pool.views = new Object[pool.size()];
    }
    return pool.views[ordinal];
  }

  /** The number of elements in the array field of a constant; 0 when there is no such constant. */
  int arrayLength(Pool pool, long key, FieldInfo arrayField) {
    int ordinal = pool.ordinal(key);
    if (ordinal < 0) {
      return 0;
    }
    if (pool.depths == null) {
      pool.depths = new int[pool.size()];
    }
    int known = pool.depths[ordinal];
    if (known == 0) {
      known = 1 + countElements(pool, ordinal, arrayField);
      pool.depths[ordinal] = known;
    }
    return known - 1;
  }

  private int countElements(Pool pool, int ordinal, FieldInfo arrayField) {
    try {
      FieldProgram program = compiler.loadOne(pool.type, arrayField);
      locate(pool, ordinal);
      long[] slot = new long[1];
      program.run(cursor.bytes(), cursor.index(), cursor.end(), slot, 0);
      return (int) Bytes.varint(cursor.bytes(), (int) slot[0]);
    } catch (FieldProgram.UnusableTypeException e) {
      throw new AssertionError("a type that was indexed cannot be compiled", e);
    }
  }
}
