package org.xivebench.itest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/**
 * A Felix in which the backends are bundles, with class loaders of their own, while the core that
 * they import comes from the class path: a test drives the core's classes itself.
 */
final class BackendFramework {
  private static final List<String> NEEDED =
      List.of("xive-native-", "xics-on-xive-", "org.apache.felix.scr-", "org.osgi.");

  private final Framework framework;

  private BackendFramework(Framework framework) {
    this.framework = framework;
  }

  /** Starts it with both backends. */
  static BackendFramework start(Path storage) throws BundleException, IOException {
    Map<String, String> properties = new HashMap<>();
    properties.put("felix.log.level", "1");
    properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
    properties.put(Constants.FRAMEWORK_BOOTDELEGATION, "jdk.jfr.internal,jdk.jfr.internal.*");
    properties.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
    properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, exportsOf(jar("kvm-core-")));
    Framework framework = new FrameworkFactory().newFramework(properties);
    framework.init();
    BackendFramework started = new BackendFramework(framework);
    framework.start();
    List<Bundle> bundles = new ArrayList<>();
    for (Path jar : jars()) {
      String name = jar.getFileName().toString();
      if (NEEDED.stream().anyMatch(name::startsWith)) {
        bundles.add(started.install(jar));
      }
    }
    for (Bundle bundle : bundles) {
      bundle.start();
    }
    return started;
  }

  /** The jar of a backend in the distribution. */
  static Path jar(String prefix) throws IOException {
    return jars().stream()
        .filter(jar -> jar.getFileName().toString().startsWith(prefix))
        .findFirst()
        .orElseThrow(() -> new IOException("no " + prefix + " in the distribution"));
  }

  private static List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.list(Distribution.home().resolve("bundles"))) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  private static String exportsOf(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
    }
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  Bundle install(Path jar) throws BundleException {
    return context().installBundle(jar.toUri().toString());
  }

  /** The bundle of that name; of several versions the oldest. */
  Bundle bundle(String symbolicName) {
    return Stream.of(context().getBundles())
        .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
        .min((a, b) -> a.getVersion().compareTo(b.getVersion()))
        .orElseThrow(() -> new AssertionError("no bundle " + symbolicName));
  }

  /** Updates a bundle from a jar. */
  static void update(Bundle bundle, Path jar) throws BundleException, IOException {
    try (InputStream in = Files.newInputStream(jar)) {
      bundle.update(in);
    }
  }

  /** Stops it. */
  void stop() throws BundleException, InterruptedException {
    framework.stop();
    framework.waitForStop(TimeUnit.SECONDS.toMillis(60));
  }
}
