package org.xivebench.itest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.xivebench.itest.third.ThirdBackend;
import org.xivebench.replay.launcher.BundleRuntime;
import org.xivebench.replay.launcher.CommandLineService;

/** A backend that the product does not know is found, listed and gone again, like its own. */
@Timeout(120)
class ThirdBackendTest {
  private static final String ROW =
      "third                  99  org.example.third            1.2.3            active";

  @TempDir private Path folder;

  @Test
  void backends_whenBundleComesAndGoes_listWhatIsThere() throws Exception {
    try (BundleRuntime runtime = Distribution.start()) {
      CommandLineService commandLine = runtime.awaitService(CommandLineService.class, 10_000);
      assertFalse(backends(commandLine).contains(ROW));

      Bundle third =
          runtime
              .context()
              .installBundle(
                  TestBundle.pack(
                          folder,
                          "org.example.third",
                          ThirdBackend.class,
                          "org.osgi.framework,org.xivebench.kvm,org.xivebench.kvm.device")
                      .toUri()
                      .toString());
      third.start();
      assertTrue(backends(commandLine).contains(ROW), () -> backends(commandLine).toString());

      third.stop();
      assertFalse(backends(commandLine).contains(ROW));
    }
  }

  private static List<String> backends(CommandLineService commandLine) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code =
        commandLine.run(new String[] {"backends"}, new PrintStream(out, true, UTF_8), System.err);
    assertEquals(0, code);
    return out.toString(UTF_8).lines().toList();
  }
}
