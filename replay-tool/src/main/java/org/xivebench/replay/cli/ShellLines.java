package org.xivebench.replay.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;

/** Where the lines of a shell come from: a person, who is prompted, or a script. */
@FunctionalInterface
interface ShellLines {
  /** Returns the next line, or null at the end. */
  String next() throws IOException;

  /** A script, or a pipe: no prompt. */
  static ShellLines of(BufferedReader reader) {
    return reader::readLine;
  }

  /** A person. */
  static ShellLines prompting(BufferedReader reader, PrintStream out) {
    return () -> {
      out.print("xivebench> ");
      out.flush();
      return reader.readLine();
    };
  }
}
