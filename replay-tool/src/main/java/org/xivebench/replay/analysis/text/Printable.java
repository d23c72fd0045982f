package org.xivebench.replay.analysis.text;

/** Text of a recording, which may hold anything, made fit for a terminal. */
public final class Printable {
  private Printable() {}

  /** The text without what would move the cursor or change the direction of writing. */
  public static String of(String text) {
    StringBuilder clean = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
        if (clean == null) {
          clean = new StringBuilder(text);
        }
        clean.setCharAt(i, c == '\n' || c == '\t' || c == '\r' ? ' ' : '?');
      }
    }
    return clean == null ? text : clean.toString();
  }
}
