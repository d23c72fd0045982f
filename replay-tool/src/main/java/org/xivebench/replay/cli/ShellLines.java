package org.xivebench.replay.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Where the lines of a shell come from: a terminal with line editing, or anything else. */
@FunctionalInterface
interface ShellLines {
  /** Returns the next line, or null at the end. */
  String next() throws IOException;

  /** A script, or a pipe: no prompt, no echo. */
  static ShellLines of(BufferedReader reader) {
    return reader::readLine;
  }

  /**
   * The terminal, with a history and completion of commands. Ctrl-C gives a line up, Ctrl-D ends.
   *
   * @param commands for completion
   */
  static ShellLines ofTerminal(List<String> commands) throws IOException {
    Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build();
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .completer(new StringsCompleter(commands))
            .build();
    return () -> {
      try {
        return reader.readLine("xivebench> ");
      } catch (UserInterruptException e) {
        return "";
      } catch (EndOfFileException e) {
        return null;
      }
    };
  }
}
