package org.xivebench.replay.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * The program: starts the bundles in {@code bundles/} of the distribution, runs the command line in
 * them, and exits with its code.
 *
 * <p>Where the class path itself provides a {@link CommandLineService}, that is run, and no
 * framework is started: {@code bin/xivebench} puts the bundles there for commands that need no
 * backend and are done soon, which spares them half of their start.
 */
public final class Main {
  /** Exit code when the program itself does not come up: EX_SOFTWARE of sysexits.h. */
  private static final int EXIT_SOFTWARE = 70;

  private static final int SERVICE_TIMEOUT_MILLIS = 10_000;

  private Main() {}

  /** Runs the command line. System property {@code xivebench.home} names the distribution. */
  public static void main(String[] args) {
    String home = System.getProperty("xivebench.home");
    if (home == null) {
      System.err.println("xivebench: system property xivebench.home is not set; use bin/xivebench");
      System.exit(EXIT_SOFTWARE);
    }
    wholeJvmProperties(args).forEach(System::setProperty);
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(interruption);
    // Reports are UTF-8 whatever the locale is: what is written on one machine is read on another.
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8);
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8);
    int code =
        ServiceLoader.load(CommandLineService.class)
            .findFirst()
            .map(line -> interruption.guard(line, () -> line.run(args, out, err)))
            .orElseGet(() -> runBundles(Path.of(home), args, interruption, out, err));
    interruption.commandEnded(code);
    System.exit(code);
  }

  /**
   * The system properties that must be set before the first class of kvm-core is loaded: whether
   * its locks leave room for a deterministic scheduler, and whether lock order is checked. Both are
   * read once, into constants, so that a run without them pays nothing for them.
   */
  static Map<String, String> wholeJvmProperties(String[] args) {
    Map<String, String> properties = new HashMap<>();
    Optional<String> command = Arrays.stream(args).filter(arg -> !arg.startsWith("-")).findFirst();
    if (command.equals(Optional.of("explore"))) {
      properties.put("xivebench.explorable", "true");
      properties.put("xivebench.lockdep", "true"); // an inversion is one of the things it looks for
    }
    if (Arrays.asList(args).contains("--lockdep")) {
      properties.put("xivebench.lockdep", "true");
    }
    return properties;
  }

  private static int runBundles(
      Path home, String[] args, Interruption interruption, PrintStream out, PrintStream err) {
    try (BundleRuntime runtime =
        BundleRuntime.start(
            home.resolve("bundles"),
            home.resolve("conf").resolve("framework.properties"),
            problem -> err.println("xivebench: warning: " + problem))) {
      CommandLineService commandLine =
          runtime.awaitService(CommandLineService.class, SERVICE_TIMEOUT_MILLIS);
      return interruption.guard(commandLine, () -> commandLine.run(args, out, err));
    } catch (LaunchException e) {
      err.println("xivebench: " + e.getMessage());
      return EXIT_SOFTWARE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Interruption.EXIT_INTERRUPTED;
    }
  }
}
