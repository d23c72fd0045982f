package org.xivebench.sync;

/**
 * An object was used after the kernel would have freed it, or freed twice. In the kernel this is
 * memory corruption; in the model it is this exception, thrown at the user and kept in {@link
 * Lifetime#reports()}.
 */
public final class UseAfterFree extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String object;
  private final String freedBy;
  private final String usedBy;

  UseAfterFree(
      String object, String freedBy, String usedBy, Throwable freedAt, boolean doubleFree) {
    super(
        (doubleFree ? "double free of " : "use after free of ")
            + object
            + ": freed by "
            + freedBy
            + (doubleFree ? ", freed again by " : ", used by ")
            + usedBy,
        freedAt);
    this.object = object;
    this.freedBy = freedBy;
    this.usedBy = usedBy;
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
}
