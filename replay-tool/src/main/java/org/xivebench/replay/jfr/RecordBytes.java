package org.xivebench.replay.jfr;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.charset.Charset;

/**
 * A cursor over the bytes of one record, for what is read once: metadata, checkpoint heads,
 * constants, whole events. Every length is checked against the bytes that are left before anything
 * is allocated for it.
 */
final class RecordBytes {
  /** Encodings of a string: a byte before it. */
  static final int STRING_NULL = 0;

  static final int STRING_EMPTY = 1;
  static final int STRING_CONSTANT = 2;
  static final int STRING_UTF8 = 3;
  static final int STRING_CHARS = 4;
  static final int STRING_LATIN1 = 5;

  private byte[] bytes;
  private int index;
  private int end;
  private long origin;

  /**
   * @param bytes with {@link Bytes#SLACK} readable bytes after {@code end}
   * @param origin position in the recording of {@code bytes[0]}
   */
  RecordBytes reset(byte[] bytes, int index, int end, long origin) {
    this.bytes = bytes;
    this.index = index;
    this.end = end;
    this.origin = origin;
    return this;
  }

  int index() {
    return index;
  }

  byte[] bytes() {
    return bytes;
  }

  int end() {
    return end;
  }

  void index(int newIndex) throws BadRecordException {
    if (newIndex > end) {
      throw bad("a value runs past the end of its record");
    }
    index = newIndex;
  }

  BadRecordException bad(String reason) {
    return new BadRecordException(origin + index, reason);
  }

  private void require(int count) throws BadRecordException {
    if (end - index < count) {
      throw bad("a value of " + count + " bytes runs past the end of its record");
    }
  }

  long varint() throws BadRecordException {
    require(1);
    int length = Bytes.varintLength(bytes, index);
    require(length);
    long value = Bytes.varint(bytes, index);
    index += length;
    return value;
  }

  byte signedByte() throws BadRecordException {
    require(1);
    return bytes[index++];
  }

  float float32() throws BadRecordException {
    require(4);
    index += 4;
    return Float.intBitsToFloat(Bytes.getInt(bytes, index - 4));
  }

  double float64() throws BadRecordException {
    require(8);
    index += 8;
    return Double.longBitsToDouble(Bytes.getLong(bytes, index - 8));
  }

  /** A number of elements, each of which takes at least {@code minimumBytes}. */
  int count(int minimumBytes) throws BadRecordException {
    long count = varint();
    if (count < 0 || count > (end - index) / minimumBytes) {
      throw bad(
          "a count of " + count + " does not fit the " + (end - index) + " bytes that follow");
    }
    return (int) count;
  }

  /** A string that is not in a constant pool. */
  String string() throws BadRecordException {
    int encoding = signedByte();
    if (encoding == STRING_CONSTANT) {
      throw bad("a string refers to the constant pool where there is none");
    }
    return stringBody(encoding);
  }

  /** The rest of a string whose encoding has been read. */
  String stringBody(int encoding) throws BadRecordException {
    return switch (encoding) {
      case STRING_NULL -> null;
      case STRING_EMPTY -> "";
      case STRING_UTF8 -> encoded(UTF_8);
      case STRING_LATIN1 -> encoded(ISO_8859_1);
      case STRING_CHARS -> {
        char[] chars = new char[count(1)];
        for (int i = 0; i < chars.length; i++) {
          chars[i] = (char) varint();
        }
        yield new String(chars);
      }
      default -> throw bad("a string has the unknown encoding " + encoding);
    };
  }

  private String encoded(Charset charset) throws BadRecordException {
    int length = count(1);
    String text = new String(bytes, index, length, charset);
    index += length;
    return text;
  }
}
