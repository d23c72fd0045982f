package org.xivebench.replay.jfr;

import java.io.IOException;

/** Takes the events of one selection; see {@link JfrReader#on}. */
@FunctionalInterface
public interface EventHandler {
  /**
   * Called for each event in the order of the file.
   *
   * @param event shows this event until the handler returns, and other events afterwards
   * @throws IOException to end the reading; comes out of {@link JfrReader#next}
   */
  void event(EventCursor event) throws IOException;
}
