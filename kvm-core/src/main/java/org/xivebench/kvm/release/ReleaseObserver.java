package org.xivebench.kvm.release;

/**
 * Is told how a release goes. Called with {@code Vm.lock} held: it must be quick and take no lock.
 */
public interface ReleaseObserver {
  /** Watches nothing. */
  ReleaseObserver NONE =
      new ReleaseObserver() {
        @Override
        public void before(Step step) {}

        @Override
        public void done() {}
      };

  /** A step is about to run. */
  void before(Step step);

  /** The last step has run. */
  void done();
}
