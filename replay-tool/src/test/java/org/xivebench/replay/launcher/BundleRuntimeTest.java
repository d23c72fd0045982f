package org.xivebench.replay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;

@Timeout(60)
class BundleRuntimeTest {
  @TempDir private Path home;

  private final List<String> problems = new ArrayList<>();

  @Test
  void start_withGoodAndBadBundles_startsTheGoodAndReportsTheBad() throws Exception {
    Path bundles = Files.createDirectory(home.resolve("bundles"));
    bundle(bundles, "a-good", null);
    Files.writeString(bundles.resolve("b-damaged.jar"), "no zip file");
    bundle(bundles, "c-unresolvable", "org.example.absent");
    bundle(bundles, "d-good", null);

    List<String> active;
    try (BundleRuntime runtime = start(bundles)) {
      active =
          Arrays.stream(runtime.context().getBundles())
              .filter(bundle -> bundle.getBundleId() != 0 && bundle.getState() == Bundle.ACTIVE)
              .map(Bundle::getSymbolicName)
              .toList();
    }
    assertEquals(List.of("a-good", "d-good"), active);
    assertEquals(2, problems.size(), problems.toString());
    assertTrue(
        problems.get(0).startsWith(bundles.resolve("b-damaged.jar") + " is not installed: "),
        problems.get(0));
    assertTrue(problems.get(1).startsWith("c-unresolvable is not started: "), problems.get(1));
    assertTrue(problems.get(1).contains("org.example.absent"), problems.get(1));
    problems.forEach(problem -> assertFalse(problem.contains("\n"), problem));
  }

  @Test
  void awaitService_whenNoneComes_namesTheServiceAndWhatDoesNotRun() throws Exception {
    Path bundles = Files.createDirectory(home.resolve("bundles"));
    bundle(bundles, "unresolvable", "org.example.absent");
    try (BundleRuntime runtime = start(bundles)) {
      LaunchException e =
          assertThrows(
              LaunchException.class, () -> runtime.awaitService(CommandLineService.class, 1));
      assertEquals(
          "no bundle provides CommandLineService; bundles not running: unresolvable",
          e.getMessage());
    }
  }

  @Test
  void close_removesTheStorage() throws Exception {
    Path bundles = Files.createDirectory(home.resolve("bundles"));
    bundle(bundles, "good", null);
    Path storage;
    try (BundleRuntime runtime = start(bundles)) {
      storage = Path.of(runtime.context().getProperty("org.osgi.framework.storage"));
      assertTrue(Files.isDirectory(storage));
    }
    assertFalse(Files.exists(storage));
  }

  @Test
  void start_withMissingFolder_namesIt() {
    Path absent = home.resolve("absent");
    LaunchException e = assertThrows(LaunchException.class, () -> start(absent));
    assertTrue(e.getMessage().startsWith("cannot read the folder of bundles " + absent));
  }

  @Test
  void start_withEmptyFolder_namesIt() {
    LaunchException e = assertThrows(LaunchException.class, () -> start(home));
    assertEquals("no bundle (*.jar) in " + home, e.getMessage());
  }

  private BundleRuntime start(Path bundles) throws LaunchException {
    return BundleRuntime.start(bundles, home.resolve("no.properties"), problems::add);
  }

  private static void bundle(Path folder, String name, String importedPackage) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Bundle-ManifestVersion", "2");
    attributes.putValue("Bundle-SymbolicName", name);
    if (importedPackage != null) {
      attributes.putValue("Import-Package", importedPackage);
    }
    try (OutputStream file = Files.newOutputStream(folder.resolve(name + ".jar"));
        JarOutputStream jar = new JarOutputStream(file, manifest)) {
      jar.finish();
    }
  }
}
