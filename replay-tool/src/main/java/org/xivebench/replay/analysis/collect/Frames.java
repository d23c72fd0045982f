package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.jfr.MethodInfo;
import org.xivebench.replay.jfr.StackFrame;
import org.xivebench.replay.jfr.StackTrace;

/** How frames of stack traces are called. */
public final class Frames {
  /** Frames of an {@link org.xivebench.replay.analysis.model.Occurrence}. */
  static final int SHOWN = 12;

  private Frames() {}

  /**
   * {@code Class.method} of a frame. Classes that are made at run time are numbered anew in every
   * run, which would keep what is the same apart: the number is left out.
   */
  public static String method(StackFrame frame) {
    MethodInfo method = frame.method();
    if (method == null) {
      return "(unknown)";
    }
    String className = method.className();
    int made = className.indexOf("/0x");
    if (made < 0) {
      made = className.indexOf(".0x");
    }
    String stable = made < 0 ? className : className.substring(0, made);
    int lambda = stable.indexOf("$$Lambda$");
    if (lambda >= 0) {
      stable = stable.substring(0, lambda + "$$Lambda".length());
    }
    return stable.isEmpty() ? method.name() : stable + "." + method.name();
  }

  /** The innermost frames, {@code Class.method:line}. */
  public static List<String> innermost(StackTrace trace) {
    if (trace == null) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    for (StackFrame frame : trace.frames()) {
      if (lines.size() == SHOWN) {
        break;
      }
      lines.add(method(frame) + (frame.lineNumber() > 0 ? ":" + frame.lineNumber() : ""));
    }
    return lines;
  }
}
