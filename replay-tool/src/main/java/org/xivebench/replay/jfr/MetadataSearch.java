package org.xivebench.replay.jfr;

import java.io.IOException;

/**
 * Looks for metadata in a chunk whose header does not say where it is, since its JVM was killed, or
 * says it wrongly.
 */
final class MetadataSearch {
  /** Metadata of the smallest recordings is a few hundred bytes. */
  private static final int MIN_BYTES = 64;

  private static final int MAX_HEAD_BYTES = 6 * 9;

  /** Places that look like metadata from outside and may be decoded; a decode costs time. */
  private static final int MAX_TRIES = 64;

  private MetadataSearch() {}

  /** Position of the last metadata record that decodes, or -1. */
  static long find(Window window, long from, long end) throws IOException {
    long found = -1;
    int tries = 0;
    RecordBytes in = new RecordBytes();
    for (long at = from; at < end - MIN_BYTES && tries < MAX_TRIES; at++) {
      int p = window.view(at, MAX_HEAD_BYTES, end);
      byte[] b = window.bytes();
      int head = Bytes.varintLength(b, p);
      // The type number of metadata is a single zero byte; that rules out nearly every place.
      if (b[p + head] != Metadata.TYPE) {
        continue;
      }
      long size = Bytes.varint(b, p);
      if (size < MIN_BYTES || size > end - at || size > Window.MAX_BYTES) {
        continue;
      }
      int limit = (int) Math.min(window.length(), end - window.start());
      if (!looksLikeMetadata(in.reset(b, p + head + 1, limit, window.start()), size)) {
        continue;
      }
      tries++;
      p = window.view(at, (int) size, end);
      if (isMetadata(in.reset(window.bytes(), p + head + 1, p + (int) size, window.start()))) {
        found = at;
        at += size - 1;
      }
    }
    return found;
  }

  private static boolean isMetadata(RecordBytes in) {
    try {
      Metadata.parse(in);
      return true;
    } catch (BadRecordException e) {
      return false;
    }
  }

  private static boolean looksLikeMetadata(RecordBytes in, long size) {
    try {
      in.varint(); // start
      in.varint(); // duration
      in.varint(); // version
      long strings = in.varint();
      if (strings < 8 || strings > size / 2) {
        return false;
      }
      int encoding = in.signedByte();
      return encoding >= RecordBytes.STRING_UTF8 && encoding <= RecordBytes.STRING_LATIN1;
    } catch (BadRecordException e) {
      return false;
    }
  }
}
