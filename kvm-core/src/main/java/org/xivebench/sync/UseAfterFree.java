package org.xivebench.sync;

/**
 * An object was used after the kernel would have freed it, or freed twice. In the kernel this is
 * memory corruption; in the model it is this exception, thrown at the user and kept in {@link
 * Lifetime#reports()}.
 *
 * <p>It holds its stack traces as text. What the JVM would keep instead until somebody asks refers
 * to the classes on the stack, and a report that is kept would keep the class loader of a backend
 * that has gone.
 */
public final class UseAfterFree extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String object;
  private final String freedBy;
  private final String usedBy;
  private final boolean doubleFree;

  UseAfterFree(
      String object, String freedBy, String usedBy, Throwable freedAt, boolean doubleFree) {
    super(
        (doubleFree ? "double free of " : "use after free of ")
            + object
            + ": freed by "
            + freedBy
            + (doubleFree ? ", freed again by " : ", used by ")
            + usedBy,
        freedAt == null ? null : new FreedHere(freedAt));
    setStackTrace(new Throwable().getStackTrace());
    this.object = object;
    this.freedBy = freedBy;
    this.usedBy = usedBy;
    this.doubleFree = doubleFree;
  }

  /** Where it was freed, as text. */
  private static final class FreedHere extends Exception {
    private static final long serialVersionUID = 1L;

    FreedHere(Throwable at) {
      super(at.getMessage());
      setStackTrace(at.getStackTrace());
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this; // the constructor sets it, as text
  }

  /** Returns the name of the object. */
  public String object() {
    return object;
  }

  /** Returns the thread that freed it, and why. */
  public String freedBy() {
    return freedBy;
  }

  /** Returns the thread that came later. */
  public String usedBy() {
    return usedBy;
  }

  /** Returns whether it was freed again, not used. */
  public boolean isDoubleFree() {
    return doubleFree;
  }
}
