package org.xivebench.itest.third;

import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.xivebench.replay.launcher.CommandLineService;

/** A command line, preferred to the product's, whose one command waits to be cancelled. */
public final class WaitingCommandLine implements CommandLineService, BundleActivator {
  /** What the command prints when it is there to be cancelled. */
  public static final String READY = "ready";

  /** What it prints when it has been. */
  public static final String PARTIAL = "partial";

  /** What it then returns. */
  public static final int EXIT_CODE = 4;

  private final CountDownLatch cancelled = new CountDownLatch(1);

  @Override
  public void start(BundleContext context) {
    context.registerService(
        CommandLineService.class,
        this,
        FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_RANKING, 1000)));
  }

  @Override
  public void stop(BundleContext context) {
    // The framework takes the service away with the bundle.
  }

  @Override
  public int run(String[] args, PrintStream out, PrintStream err) {
    out.println(READY);
    try {
      cancelled.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
    out.println(PARTIAL);
    return EXIT_CODE;
  }

  @Override
  public void cancel() {
    cancelled.countDown();
  }
}
