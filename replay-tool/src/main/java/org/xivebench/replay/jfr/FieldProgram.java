package org.xivebench.replay.jfr;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What to do with the bytes of a structure, compiled from its fields: which values to load into
 * which slot, and how to get over the rest. Structures inside are unfolded, runs of LEB128 values
 * that nobody wants are one instruction, and after the last wanted field the program ends (the
 * record's size tells where the next record starts).
 *
 * <p>The bytes are not trusted: a program that returns an index beyond {@code end} has found that
 * the structure does not fit; what it loaded means nothing then. A program never reads more than
 * {@link Bytes#SLACK} bytes beyond {@code end}, and takes time proportional to the bytes given.
 */
final class FieldProgram {
  /** Returned where bytes cannot be right, however many follow. */
  static final int MALFORMED = Integer.MAX_VALUE;

  /** Unfolded fields of one type; the largest type of JDK 25 has about 60. */
  private static final int MAX_INSTRUCTIONS = 1 << 16;

  private static final int MAX_NESTING = 64;

  private static final int SKIP_VARINTS = 0;
  private static final int SKIP_BYTES = 1;
  private static final int SKIP_STRING = 2;
  private static final int SKIP_ARRAY = 3;
  private static final int LOAD_BYTE = 4;
  private static final int LOAD_BOOLEAN = 5;
  private static final int LOAD_FLOAT = 6;
  private static final int LOAD_DOUBLE = 7;

  /** Stores the index at which the value that follows begins. */
  private static final int LOAD_INDEX = 8;

  /** Copies an earlier slot, for a field that was asked for twice. */
  private static final int COPY = 9;

  /** LEB128 values: from here on. */
  private static final int LOAD_LONG = 10;

  private static final int LOAD_INT = 11;
  private static final int LOAD_SHORT = 12;
  private static final int LOAD_CHAR = 13;

  /** Several of them, into slots that follow each other: the first slot and their number. */
  private static final int LOAD_LONGS = 14;

  private final int[] operations;
  private final int[] arguments;
  private final FieldProgram[] elements;

  private FieldProgram(int[] operations, int[] arguments, FieldProgram[] elements) {
    this.operations = operations;
    this.arguments = arguments;
    this.elements = elements;
  }

  private boolean isEmpty() {
    return operations.length == 0;
  }

  /** Gets over a structure without loading anything; the program must have been built so. */
  int skip(byte[] b, int at, int end) {
    return run(b, at, end, null, 0);
  }

  /**
   * Runs the program.
   *
   * @param at index of the structure's first byte, at most {@code end}
   * @param slots where to put what is loaded; doubles and floats as the bits of a double
   * @param base where in it slot 0 is
   * @return the index after what the program covers, or one beyond {@code end}
   */
  int run(byte[] b, int at, int end, long[] slots, int base) {
    int p = at;
    int[] ops = operations;
    int[] args = arguments;
    for (int i = 0; i < ops.length; i++) {
      int op = ops[i];
      if (op == LOAD_LONGS) {
        p = loadLongs(b, p, end, slots, base + (args[i] >>> 16), args[i] & 0xffff);
      } else if (op >= LOAD_LONG) {
        // One decoder for all: the less code is hot, the sooner it is compiled.
        long value = b[p];
        if (value >= 0) {
          p++;
        } else {
          long word = Bytes.getLongLittleEndian(b, p);
          long ends = ~word & Bytes.CONTINUED;
          if (ends != 0) {
            value = Bytes.gather(word & (ends ^ (ends - 1)));
            p += (Long.numberOfTrailingZeros(ends) >>> 3) + 1;
          } else {
            value = Bytes.gather(word) | (long) b[p + 8] << 56;
            p += 9;
          }
          if (op != LOAD_LONG) {
            value = op == LOAD_INT ? (int) value : op == LOAD_SHORT ? (short) value : (char) value;
          }
        }
        slots[base + args[i]] = value;
      } else if (op == SKIP_VARINTS) {
        p = Bytes.skipVarints(b, p, end, args[i]);
      } else {
        p = runOther(op, args[i], b, p, end, slots, base);
      }
      if (p > end) {
        return p;
      }
    }
    return p;
  }

  private static int loadLongs(byte[] b, int at, int end, long[] slots, int first, int count) {
    int p = at;
    for (int slot = first; slot < first + count && p <= end; slot++) {
      long value = b[p];
      if (value >= 0) {
        p++;
      } else {
        long word = Bytes.getLongLittleEndian(b, p);
        long ends = ~word & Bytes.CONTINUED;
        if (ends != 0) {
          value = Bytes.gather(word & (ends ^ (ends - 1)));
          p += (Long.numberOfTrailingZeros(ends) >>> 3) + 1;
        } else {
          value = Bytes.gather(word) | (long) b[p + 8] << 56;
          p += 9;
        }
      }
      slots[slot] = value;
    }
    return p;
  }

  private int runOther(int op, int arg, byte[] b, int at, int end, long[] slots, int base) {
    switch (op) {
      case SKIP_BYTES -> {
        return arg > end - at ? end + 1 : at + arg;
      }
      case SKIP_STRING -> {
        return skipString(b, at, end);
      }
      case SKIP_ARRAY -> {
        return skipArray(elements[arg], b, at, end);
      }
      case LOAD_BYTE -> {
        slots[base + arg] = b[at];
        return at + 1;
      }
      case LOAD_BOOLEAN -> {
        slots[base + arg] = b[at] == 0 ? 0 : 1;
        return at + 1;
      }
      case LOAD_FLOAT -> {
        slots[base + arg] = Double.doubleToRawLongBits(Float.intBitsToFloat(Bytes.getInt(b, at)));
        return at + 4;
      }
      case LOAD_DOUBLE -> {
        slots[base + arg] = Bytes.getLong(b, at);
        return at + 8;
      }
      case LOAD_INDEX -> {
        slots[base + arg] = at;
        return at;
      }
      case COPY -> {
        slots[base + (arg >>> 16)] = slots[base + (arg & 0xffff)];
        return at;
      }
      default -> throw new AssertionError(op);
    }
  }

  private static int skipString(byte[] b, int at, int end) {
    if (at >= end) {
      return end + 1;
    }
    int p = at + 1;
    return switch (b[at]) {
      case RecordBytes.STRING_NULL, RecordBytes.STRING_EMPTY -> p;
      case RecordBytes.STRING_CONSTANT -> Bytes.skipVarints(b, p, end, 1);
      case RecordBytes.STRING_UTF8, RecordBytes.STRING_LATIN1 -> skipText(b, p, end, false);
      case RecordBytes.STRING_CHARS -> skipText(b, p, end, true);
      default -> MALFORMED;
    };
  }

  private static int skipText(byte[] b, int at, int end, boolean chars) {
    if (at >= end) {
      return end + 1;
    }
    long length = Bytes.varint(b, at);
    int p = at + Bytes.varintLength(b, at);
    if (length < 0) {
      return MALFORMED;
    }
    if (length > end - p) {
      return end + 1;
    }
    return chars ? Bytes.skipVarints(b, p, end, length) : p + (int) length;
  }

  private static int skipArray(FieldProgram element, byte[] b, int at, int end) {
    if (at >= end) {
      return end + 1;
    }
    long count = Bytes.varint(b, at);
    int p = at + Bytes.varintLength(b, at);
    if (count < 0) {
      return MALFORMED;
    }
    if (element.isEmpty()) {
      return p;
    }
    if (count > end - p) {
      return end + 1; // each element takes a byte at least
    }
    if (element.operations.length == 1 && element.operations[0] == SKIP_VARINTS) {
      return Bytes.skipVarints(b, p, end, count * element.arguments[0]);
    }
    for (long i = 0; i < count && p <= end; i++) {
      p = element.skip(b, p, end);
    }
    return p;
  }

  /** Compiles the programs of one chunk. */
  static final class Compiler {
    private final Map<TypeInfo, FieldProgram> skips = new HashMap<>();
    private final Map<FieldInfo, FieldProgram> single = new HashMap<>();

    /** Fields unfolded for the program at work: types nested in types can make them explode. */
    private int visited;

    /** The program that gets over a value of that type. */
    FieldProgram skip(TypeInfo type) throws UnusableTypeException {
      FieldProgram program = skips.get(type);
      if (program == null) {
        visited = 0;
        Builder builder = new Builder();
        skipValue(builder, type, 0);
        program = builder.build();
        skips.put(type, program);
      }
      return program;
    }

    private void skipField(Builder builder, FieldInfo field, int depth)
        throws UnusableTypeException {
      if (++visited > MAX_INSTRUCTIONS) {
        throw Builder.tooLarge();
      }
      if (field.isArray()) {
        FieldProgram element;
        if (field.isConstant()) {
          Builder key = new Builder();
          key.add(SKIP_VARINTS, 1);
          element = key.build();
        } else {
          Builder nested = new Builder();
          skipValue(nested, field.type(), depth + 1);
          element = nested.build();
        }
        builder.addArray(element);
      } else if (field.isConstant()) {
        builder.add(SKIP_VARINTS, 1);
      } else {
        skipValue(builder, field.type(), depth + 1);
      }
    }

    private void skipValue(Builder builder, TypeInfo type, int depth) throws UnusableTypeException {
      if (depth > MAX_NESTING) {
        throw new UnusableTypeException("type " + type.name() + " contains itself");
      }
      TypeInfo.Kind kind = type.kind();
      if (kind == TypeInfo.Kind.STRUCT) {
        for (FieldInfo field : type.fields()) {
          skipField(builder, field, depth);
        }
      } else if (kind == TypeInfo.Kind.STRING) {
        builder.add(SKIP_STRING, 0);
      } else if (kind.isVarint()) {
        builder.add(SKIP_VARINTS, 1);
      } else {
        builder.add(SKIP_BYTES, kind.fixedBytes());
      }
    }

    /**
     * The program that loads some fields of a structure.
     *
     * @param paths for each slot the fields from the structure to the value, all but the last being
     *     structures that are stored inline; null for a slot that stays as it is
     * @param toTheEnd whether to cover the fields after the last wanted one, too
     * @param uncut whether integers are loaded as they are recorded, not cut to their type
     */
    FieldProgram load(TypeInfo type, List<List<FieldInfo>> paths, boolean toTheEnd, boolean uncut)
        throws UnusableTypeException {
      visited = 0;
      Builder builder = new Builder(uncut);
      loadFields(builder, type, paths, 0);
      if (!toTheEnd) {
        builder.dropTail();
      }
      return builder.build();
    }

    /** The program that loads one field of a structure into slot 0. */
    FieldProgram loadOne(TypeInfo type, FieldInfo field) throws UnusableTypeException {
      FieldProgram program = single.get(field);
      if (program == null) {
        program = load(type, List.of(List.of(field)), false, false);
        single.put(field, program);
      }
      return program;
    }

    private void loadFields(Builder builder, TypeInfo type, List<List<FieldInfo>> paths, int depth)
        throws UnusableTypeException {
      if (depth > MAX_NESTING) {
        throw new UnusableTypeException("type " + type.name() + " contains itself");
      }
      for (FieldInfo field : type.fields()) {
        int slot = -1;
        boolean inside = false;
        for (int i = 0; i < paths.size(); i++) {
          List<FieldInfo> path = paths.get(i);
          if (path != null && path.size() > depth && path.get(depth) == field) {
            if (path.size() > depth + 1) {
              inside = true;
            } else if (slot < 0) {
              slot = i;
              loadWhole(builder, field, slot, depth);
            } else {
              builder.add(COPY, i << 16 | slot);
            }
          }
        }
        if (inside && slot >= 0) {
          throw new UnusableTypeException(
              "field " + field.name() + " cannot be asked for whole and in parts at once");
        }
        if (inside) {
          loadFields(builder, field.type(), paths, depth + 1);
        } else if (slot < 0) {
          skipField(builder, field, depth);
        }
      }
    }

    private void loadWhole(Builder builder, FieldInfo field, int slot, int depth)
        throws UnusableTypeException {
      if (field.isArray() || (!field.isConstant() && isComposite(field))) {
        builder.add(LOAD_INDEX, slot);
        skipField(builder, field, depth); // also what checks the value
        builder.keep();
        return;
      }
      if (field.isConstant()) {
        builder.add(LOAD_LONG, slot);
        return;
      }
      builder.add(
          switch (field.type().kind()) {
            case LONG -> LOAD_LONG;
            case INT -> builder.uncut ? LOAD_LONG : LOAD_INT;
            case SHORT -> builder.uncut ? LOAD_LONG : LOAD_SHORT;
            case CHAR -> builder.uncut ? LOAD_LONG : LOAD_CHAR;
            case BYTE -> LOAD_BYTE;
            case BOOLEAN -> LOAD_BOOLEAN;
            case FLOAT -> LOAD_FLOAT;
            case DOUBLE -> LOAD_DOUBLE;
            default -> throw new AssertionError(field);
          },
          slot);
    }

    private static boolean isComposite(FieldInfo field) {
      return field.type().kind() == TypeInfo.Kind.STRING
          || field.type().kind() == TypeInfo.Kind.STRUCT;
    }
  }

  /** A type that is declared in a way that no record can be decoded by. */
  static final class UnusableTypeException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableTypeException(String message) {
      super(message);
    }
  }

  private static final class Builder {
    private final boolean uncut;
    private int[] operations = new int[16];
    private int[] arguments = new int[16];
    private FieldProgram[] elements = new FieldProgram[0];
    private int size;
    private int kept;

    Builder() {
      this(false);
    }

    Builder(boolean uncut) {
      this.uncut = uncut;
    }

    void add(int operation, int argument) throws UnusableTypeException {
      if (operation == LOAD_LONG && extendRun(argument)) {
        return;
      }
      if (size > 0
          && operations[size - 1] == operation
          && (operation == SKIP_VARINTS || operation == SKIP_BYTES)) {
        arguments[size - 1] += argument;
        if (arguments[size - 1] > MAX_INSTRUCTIONS) {
          throw tooLarge();
        }
        return;
      }
      if (size == MAX_INSTRUCTIONS) {
        throw tooLarge();
      }
      if (size == operations.length) {
        operations = Arrays.copyOf(operations, size * 2);
        arguments = Arrays.copyOf(arguments, size * 2);
      }
      operations[size] = operation;
      arguments[size++] = argument;
    }

    /** Makes a value that is to follow the last one, in its slot too, part of a run. */
    private boolean extendRun(int slot) {
      if (size == 0 || slot > 0xffff) {
        return false;
      }
      int last = size - 1;
      if (operations[last] == LOAD_LONG && arguments[last] == slot - 1) {
        operations[last] = LOAD_LONGS;
        arguments[last] = (slot - 1) << 16 | 2;
        return true;
      }
      int count = arguments[last] & 0xffff;
      if (operations[last] == LOAD_LONGS && (arguments[last] >>> 16) + count == slot) {
        arguments[last]++;
        return true;
      }
      return false;
    }

    private static UnusableTypeException tooLarge() {
      return new UnusableTypeException(
          "a type has more than " + MAX_INSTRUCTIONS + " fields in its structures");
    }

    void addArray(FieldProgram element) throws UnusableTypeException {
      elements = Arrays.copyOf(elements, elements.length + 1);
      elements[elements.length - 1] = element;
      add(SKIP_ARRAY, elements.length - 1);
    }

    /** Marks what was added so far as needed. */
    void keep() {
      kept = size;
    }

    /** Removes what only gets over fields after the last needed one. */
    void dropTail() {
      while (size > kept && operations[size - 1] <= SKIP_ARRAY) {
        size--;
      }
    }

    FieldProgram build() {
      return new FieldProgram(
          Arrays.copyOf(operations, size), Arrays.copyOf(arguments, size), elements);
    }
  }
}
