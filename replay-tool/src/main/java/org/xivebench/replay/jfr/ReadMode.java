package org.xivebench.replay.jfr;

/** What a {@link JfrReader} does about bytes that cannot be right. */
public enum ReadMode {
  /** The first damage ends the reading with a {@link DamagedRecordingException}. */
  STRICT,
  /**
   * Damage is passed over and told as a {@link Loss}; reading goes on at the next checkpoint or
   * chunk. Every event is decoded to its last byte, so that damage which leaves record sizes intact
   * is found too: slower than {@link #STRICT}.
   */
  SALVAGE
}
