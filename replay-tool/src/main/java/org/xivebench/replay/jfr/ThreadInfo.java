package org.xivebench.replay.jfr;

/**
 * A thread of the recorded JVM.
 *
 * @param osName the name that the operating system knows, or null
 * @param osThreadId 0 when not recorded
 * @param javaName null for threads that run no Java
 * @param javaThreadId {@code Thread.threadId()}; 0 for threads that run no Java
 * @param virtual whether it is a virtual thread (JDK 21 and later)
 */
public record ThreadInfo(
    String osName, long osThreadId, String javaName, long javaThreadId, boolean virtual) {
  /** The Java name if there is one, else the operating system's, else the number. */
  public String name() {
    if (javaName != null && !javaName.isEmpty()) {
      return javaName;
    }
    if (osName != null && !osName.isEmpty()) {
      return osName;
    }
    return "tid " + (javaThreadId > 0 ? javaThreadId : osThreadId);
  }

  static ThreadInfo of(Struct thread) {
    return new ThreadInfo(
        thread.getString("osName"),
        thread.getLong("osThreadId"),
        thread.getString("javaName"),
        thread.getLong("javaThreadId"),
        thread.getLong("virtual") != 0);
  }
}
