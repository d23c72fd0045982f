package org.xivebench.replay.cli;

import java.util.Map;

/**
 * What is known of where output goes. Java tells whether standard input and output together are a
 * terminal, not which of output and error is; {@code bin/xivebench} looks and says so in two system
 * properties.
 *
 * @param outIsTerminal whether standard output is a terminal
 * @param errIsTerminal whether standard error is a terminal
 * @param colorAllowed whether the environment lets terminals be coloured (NO_COLOR, TERM=dumb)
 */
record Terminal(boolean outIsTerminal, boolean errIsTerminal, boolean colorAllowed) {
  /** No terminal at all: for pipes, files and tests. */
  static final Terminal NONE = new Terminal(false, false, false);

  /** Whether standard input is a terminal: somebody types. The launching script looks and says. */
  static boolean inIsTerminal() {
    return Boolean.getBoolean("xivebench.terminal.in");
  }

  /** What the launching script and the environment say. */
  static Terminal detect(Map<String, String> environment) {
    boolean noColor = !environment.getOrDefault("NO_COLOR", "").isEmpty();
    boolean dumb = "dumb".equals(environment.get("TERM"));
    return new Terminal(
        Boolean.getBoolean("xivebench.terminal.out"),
        Boolean.getBoolean("xivebench.terminal.err") && !dumb,
        !noColor && !dumb);
  }
}
