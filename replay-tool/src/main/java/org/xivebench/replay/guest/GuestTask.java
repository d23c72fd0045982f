package org.xivebench.replay.guest;

/** Something that a vCPU is to do when it has no interrupt in service. */
public final class GuestTask {
  /** What to do. */
  enum Kind {
    BRING_UP,
    SEND_IPI,
    CONFIGURE
  }

  final Kind kind;

  /** Source, or the server that an IPI goes to. */
  final int number;

  final int server;
  final boolean masked;

  /** The message of an IPI has been left; the interrupt is still to be sent. */
  boolean announced;

  /** A source that has to be triggered before the task is done, or -1. */
  int owedTrigger = -1;

  /** How often. */
  int owedTriggers;

  private volatile boolean done;

  private GuestTask(Kind kind, int number, int server, boolean masked) {
    this.kind = kind;
    this.number = number;
    this.server = server;
    this.masked = masked;
  }

  static GuestTask bringUp() {
    return new GuestTask(Kind.BRING_UP, 0, 0, false);
  }

  /** Sends an IPI to a server. */
  public static GuestTask sendIpi(int targetServer) {
    return new GuestTask(Kind.SEND_IPI, targetServer, 0, false);
  }

  /** Routes a source to a server and unmasks it. */
  public static GuestTask route(int source, int server) {
    return new GuestTask(Kind.CONFIGURE, source, server, false);
  }

  /** Masks a source. */
  public static GuestTask mask(int source) {
    return new GuestTask(Kind.CONFIGURE, source, 0, true);
  }

  void complete() {
    done = true;
  }

  /** Returns whether it is done. */
  public boolean isDone() {
    return done;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case BRING_UP -> "coming up";
      case SEND_IPI -> "an IPI to server " + number;
      case CONFIGURE -> (masked ? "masking source " : "routing source ") + number;
    };
  }
}
