package org.xivebench.replay.launcher;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * What happens on Ctrl-C: the command is cancelled and gets time to hand over what it has, and the
 * process exits with the command's code.
 *
 * <p>A shutdown hook, because the JDK has no other supported way to hear of a signal. A JVM that is
 * already shutting down ignores further signals, so the wait is bounded. At an ordinary exit the
 * command has ended when the hook runs, and the hook does nothing.
 */
final class Interruption extends Thread {
  /** Exit code of a process that SIGINT ended, as shells report it. */
  static final int EXIT_INTERRUPTED = 130;

  private static final int TIMEOUT_SECONDS = 10;

  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean requested;
  private volatile CommandLineService running;
  private volatile int code;

  Interruption() {
    super("xivebench-interruption");
  }

  /** Runs a command that is cancelled when the user interrupts the program meanwhile. */
  int guard(CommandLineService commandLine, IntSupplier command) {
    running = commandLine;
    if (requested) {
      return EXIT_INTERRUPTED;
    }
    return command.getAsInt();
  }

  /** To be called when nothing is left to be done but to exit. */
  void commandEnded(int exitCode) {
    code = exitCode;
    ended.countDown();
  }

  @Override
  public void run() {
    if (ended.getCount() == 0) {
      return;
    }
    requested = true;
    CommandLineService commandLine = running;
    if (commandLine != null) {
      commandLine.cancel();
    }
    boolean inTime;
    try {
      inTime = ended.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      inTime = false;
    }
    // exit() would wait for this hook; the streams have been flushed by whoever wrote to them.
    Runtime.getRuntime().halt(inTime ? code : EXIT_INTERRUPTED);
  }
}
