package org.xivebench.replay.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.xivebench.kvm.device.DeviceType;

/** What the shell does with bundles. Only those of backends are stopped: the others are in use. */
final class BundleCommands {
  private static final Map<Integer, String> STATES =
      Map.of(
          Bundle.INSTALLED, "installed",
          Bundle.RESOLVED, "resolved",
          Bundle.STARTING, "starting",
          Bundle.STOPPING, "stopping",
          Bundle.ACTIVE, "active",
          Bundle.UNINSTALLED, "uninstalled");

  private final BundleContext context;
  private final PrintStream out;

  BundleCommands(BundleContext context, PrintStream out) {
    this.context = context;
    this.out = out;
  }

  void list() throws ShellException {
    for (Bundle bundle : bundles()) {
      out.printf(
          "%3d  %-11s %-34s %s%n",
          bundle.getBundleId(),
          STATES.get(bundle.getState()),
          bundle.getSymbolicName(),
          bundle.getVersion());
    }
  }

  void stop(String name) throws ShellException {
    Bundle bundle = backend(name);
    attempt("stop", bundle, bundle::stop);
  }

  void start(String name) throws ShellException {
    Bundle bundle = bundle(name);
    attempt("start", bundle, bundle::start);
  }

  /** From a jar, or from where it was installed from. */
  void update(String name, String jar) throws ShellException {
    Bundle bundle = backend(name);
    if (jar == null) {
      attempt("update", bundle, bundle::update);
      return;
    }
    try (InputStream in = Files.newInputStream(Path.of(jar))) {
      attempt("update", bundle, () -> bundle.update(in));
    } catch (IOException e) {
      throw new ShellException("cannot read " + jar);
    }
  }

  @FunctionalInterface
  private interface Change {
    void run() throws BundleException;
  }

  private void attempt(String what, Bundle bundle, Change change) throws ShellException {
    try {
      change.run();
      out.println(bundle.getSymbolicName() + " is " + STATES.get(bundle.getState()));
    } catch (BundleException e) {
      throw new ShellException(
          "cannot " + what + " " + bundle.getSymbolicName() + ": " + e.getMessage());
    }
  }

  private Bundle backend(String name) throws ShellException {
    Bundle bundle = bundle(name);
    ServiceReference<?>[] services = bundle.getRegisteredServices();
    boolean isBackend =
        services != null
            && Arrays.stream(services)
                .anyMatch(
                    service ->
                        Arrays.asList((String[]) service.getProperty(Constants.OBJECTCLASS))
                            .contains(DeviceType.class.getName()));
    if (!isBackend) {
      throw new ShellException(
          bundle.getSymbolicName() + " is not the bundle of a backend that is there");
    }
    return bundle;
  }

  private Bundle bundle(String name) throws ShellException {
    return Arrays.stream(bundles())
        .filter(
            bundle ->
                name.equals(bundle.getSymbolicName())
                    || name.equals(Long.toString(bundle.getBundleId())))
        .findFirst()
        .orElseThrow(() -> new ShellException("no bundle " + name + "; 'bundles' lists them"));
  }

  private Bundle[] bundles() throws ShellException {
    if (context == null) {
      throw new ShellException("there is no OSGi framework here");
    }
    return context.getBundles();
  }
}
