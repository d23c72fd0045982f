package org.xivebench.replay.launcher;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.util.tracker.ServiceTracker;

/**
 * An OSGi framework in this process that runs the bundles of a folder.
 *
 * <p>Nothing is kept from one run to the next: the framework's storage is a temporary folder that
 * {@link #close} removes, and the jars are used where they lie. A jar that is added to or taken
 * from the folder therefore counts at the next start, and no stale copy can be in the way.
 */
public final class BundleRuntime implements AutoCloseable {
  private static final String JFR_INTERNALS = "jdk.jfr.internal,jdk.jfr.internal.*";
  private static final String SYSTEM_PACKAGE = "org.xivebench.replay.launcher;version=\"1.0.0\"";

  private final Framework framework;
  private final Path storage;

  private BundleRuntime(Framework framework, Path storage) {
    this.framework = framework;
    this.storage = storage;
  }

  /**
   * Starts a framework and every jar in {@code bundles}, in the order of their names.
   *
   * <p>A bundle that cannot be installed or started does not keep the others from running: it is
   * reported to {@code problems}, one line each that names the jar and the cause.
   *
   * @param bundles the folder with the jars
   * @param configuration a properties file for the framework; need not exist
   * @param problems told of each bundle that did not come up
   * @throws LaunchException when the folder cannot be read, holds no jar, or the framework itself
   *     does not start
   */
  public static BundleRuntime start(Path bundles, Path configuration, Consumer<String> problems)
      throws LaunchException {
    List<Path> jars = jarsIn(bundles);
    Path storage;
    try {
      storage = Files.createTempDirectory("xivebench-");
    } catch (IOException e) {
      throw new LaunchException("cannot make a temporary folder for the OSGi framework", e);
    }
    Framework framework = null;
    try {
      framework = newFramework(frameworkProperties(configuration, storage));
      framework.init();
      BundleRuntime runtime = new BundleRuntime(framework, storage);
      runtime.startAll(jars, problems);
      return runtime;
    } catch (BundleException e) {
      throw new LaunchException("the OSGi framework did not start", e);
    } finally {
      if (framework == null || framework.getState() != Bundle.ACTIVE) {
        deleteTree(storage);
      }
    }
  }

  /** The system bundle's context, through which services and bundles are found. */
  public BundleContext context() {
    return framework.getBundleContext();
  }

  /**
   * The best-ranked service of a type that the class path and the bundles share.
   *
   * @param timeoutMillis how long to wait for it, at least 1
   * @throws LaunchException when none is there in time
   */
  public <T> T awaitService(Class<T> type, long timeoutMillis)
      throws LaunchException, InterruptedException {
    ServiceTracker<T, T> tracker = new ServiceTracker<>(context(), type, null);
    tracker.open();
    try {
      T service = tracker.waitForService(timeoutMillis);
      if (service == null) {
        throw new LaunchException(
            "no bundle provides "
                + type.getSimpleName()
                + "; bundles not running: "
                + notRunning());
      }
      return service;
    } finally {
      tracker.close();
    }
  }

  /**
   * Stops the bundles and the framework, waits for that a bounded time, and removes its storage.
   */
  @Override
  public void close() {
    try {
      framework.stop();
      framework.waitForStop(TimeUnit.SECONDS.toMillis(10));
    } catch (BundleException e) {
      throw new IllegalStateException("the OSGi framework does not stop: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      // The process is about to end; the storage is removed all the same.
      Thread.currentThread().interrupt();
    } finally {
      deleteTree(storage);
    }
  }

  private void startAll(List<Path> jars, Consumer<String> problems) throws BundleException {
    BundleContext context = framework.getBundleContext();
    List<Bundle> installed = new ArrayList<>(jars.size());
    for (Path jar : jars) {
      try {
        // "reference:" has the framework read the jar where it is, without a copy.
        installed.add(context.installBundle("reference:" + jar.toUri()));
      } catch (BundleException e) {
        problems.accept(jar + " is not installed: " + firstLine(e));
      }
    }
    framework.start();
    for (Bundle bundle : installed) {
      if (isFragment(bundle)) {
        continue;
      }
      try {
        bundle.start();
      } catch (BundleException e) {
        problems.accept(bundle.getSymbolicName() + " is not started: " + firstLine(e));
      }
    }
  }

  private String notRunning() {
    List<String> names = new ArrayList<>();
    for (Bundle bundle : context().getBundles()) {
      if (bundle.getState() != Bundle.ACTIVE && !isFragment(bundle)) {
        names.add(bundle.getSymbolicName());
      }
    }
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  private static boolean isFragment(Bundle bundle) {
    return (bundle.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
  }

  private static List<Path> jarsIn(Path folder) throws LaunchException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> jars =
          files.filter(file -> file.getFileName().toString().endsWith(".jar")).sorted().toList();
      if (jars.isEmpty()) {
        throw new LaunchException("no bundle (*.jar) in " + folder);
      }
      return jars;
    } catch (IOException e) {
      throw new LaunchException("cannot read the folder of bundles " + folder, e);
    }
  }

  private static Framework newFramework(Map<String, String> properties) throws LaunchException {
    return ServiceLoader.load(FrameworkFactory.class)
        .findFirst()
        .orElseThrow(() -> new LaunchException("no OSGi framework on the class path"))
        .newFramework(properties);
  }

  private static Map<String, String> frameworkProperties(Path configuration, Path storage)
      throws LaunchException {
    Map<String, String> properties = new HashMap<>();
    properties.put("felix.log.level", "1");
    // No bundle of ours has native code or needs a URL handler: less to set up at each start.
    properties.put("felix.service.urlhandlers", "false");
    if (Files.exists(configuration)) {
      Properties read = new Properties();
      try (Reader reader = Files.newBufferedReader(configuration)) {
        read.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new LaunchException("cannot read " + configuration, e);
      }
      for (String name : read.stringPropertyNames()) {
        properties.put(name, read.getProperty(name));
      }
    }
    properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
    // JFR rewrites event classes, those of bundles too, to call its internals.
    properties.merge(
        Constants.FRAMEWORK_BOOTDELEGATION, JFR_INTERNALS, (user, own) -> user + "," + own);
    properties.merge(
        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, SYSTEM_PACKAGE, (user, own) -> user + "," + own);
    return properties;
  }

  /** The first line of a message: Felix appends the whole chain of wirings to some of its own. */
  private static String firstLine(BundleException e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().findFirst().orElse(message);
  }

  private static void deleteTree(Path root) {
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure)
                throws IOException {
              Files.delete(folder);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      // A few kilobytes are left in the temporary folder; the run's result is none the worse for
      // it.
      System.getLogger(BundleRuntime.class.getName())
          .log(System.Logger.Level.DEBUG, "not removed: " + root, e);
    }
  }
}
