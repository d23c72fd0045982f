package org.xivebench.replay.cli;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Has the terminal hand over each key as it is typed, without showing it, until this is closed.
 * Where there is no terminal, or no {@code stty}, input stays as it is: a line at a time.
 */
final class KeyInput implements Closeable {
  private static final File TERMINAL = new File("/dev/tty");

  /** How the terminal was, in the form that {@code stty} takes; empty when nothing was changed. */
  private final String settings;

  private KeyInput(String settings) {
    this.settings = settings;
  }

  static KeyInput open(Terminal terminal) {
    if (!terminal.outIsTerminal()) {
      return new KeyInput("");
    }
    String before = stty("-g");
    if (!before.isEmpty()) {
      stty("-icanon", "-echo", "min", "1");
    }
    return new KeyInput(before);
  }

  @Override
  public void close() {
    if (!settings.isEmpty()) {
      stty(settings);
    }
  }

  /** Returns what it prints; nothing when it fails. */
  private static String stty(String... arguments) {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(TERMINAL)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? printed.strip() : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
