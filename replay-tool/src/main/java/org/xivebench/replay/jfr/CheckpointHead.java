package org.xivebench.replay.jfr;

import java.io.IOException;

/**
 * The beginning of a checkpoint record.
 *
 * @param time in ticks
 * @param duration in ticks
 * @param previousDelta distance from this checkpoint to the one before it in the chunk, negative; 0
 *     in the first one
 * @param poolsPosition position of the first pool
 */
record CheckpointHead(
    long time, long duration, long previousDelta, int kind, int poolCount, long poolsPosition) {
  static final long TYPE = 1;

  /** Bytes that the fields before the pools take at most. */
  private static final int MAX_BYTES = 6 * 9 + 1;

  static CheckpointHead read(Window window, long position, long end)
      throws IOException, BadRecordException {
    int index = window.view(position, MAX_BYTES, end);
    int limit = (int) Math.min(window.length(), end - window.start());
    RecordBytes in = new RecordBytes().reset(window.bytes(), index, limit, window.start());
    in.varint(); // size
    long type = in.varint();
    if (type != TYPE) {
      throw new BadRecordException(position, "no checkpoint here but a record of type " + type);
    }
    long time = in.varint();
    long duration = in.varint();
    long delta = in.varint();
    int kind = in.signedByte();
    long pools = in.varint();
    long poolsPosition = window.start() + in.index();
    if (pools < 0 || pools > end - poolsPosition) {
      throw new BadRecordException(position, "a checkpoint claims " + pools + " constant pools");
    }
    return new CheckpointHead(time, duration, delta, kind, (int) pools, poolsPosition);
  }
}
