package org.xivebench.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.xivebench.replay.launcher.BundleRuntime;

/** How the bundles are cut: they resolve, start, and see of each other only what they should. */
@Timeout(120)
class BundlesTest {
  private static final String XIVE_NATIVE = "org.xivebench.xivenative";
  private static final String XICS_ON_XIVE = "org.xivebench.xics";

  private static BundleRuntime runtime;

  @BeforeAll
  static void start() throws Exception {
    runtime = Distribution.start();
  }

  @AfterAll
  static void stop() {
    if (runtime != null) {
      runtime.close();
    }
  }

  @Test
  void bundles_afterStart_areAllActive() {
    List<String> inactive =
        Arrays.stream(runtime.context().getBundles())
            .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
            .map(Bundle::getSymbolicName)
            .toList();
    assertEquals(List.of(), inactive);
  }

  @ParameterizedTest
  @ValueSource(strings = {XIVE_NATIVE, XICS_ON_XIVE})
  void backend_exportsNothing(String name) {
    assertEquals(
        List.of(),
        bundle(name)
            .adapt(BundleRevision.class)
            .getDeclaredCapabilities(PackageNamespace.PACKAGE_NAMESPACE));
  }

  @ParameterizedTest
  @CsvSource({
    XIVE_NATIVE + "," + XICS_ON_XIVE,
    XICS_ON_XIVE + "," + XIVE_NATIVE,
    "org.xivebench.kvm," + XIVE_NATIVE,
    "org.xivebench.kvm," + XICS_ON_XIVE,
    "org.xivebench.replay," + XIVE_NATIVE,
    "org.xivebench.replay," + XICS_ON_XIVE,
  })
  void bundle_importsNothingOfBackend(String name, String backend) {
    Set<String> imports =
        bundle(name)
            .adapt(BundleRevision.class)
            .getDeclaredRequirements(PackageNamespace.PACKAGE_NAMESPACE)
            .stream()
            .map(requirement -> requirement.getDirectives().get("filter"))
            .collect(Collectors.toSet());
    imports.forEach(filter -> assertTrue(!filter.contains(backend), filter));
  }

  @Test
  void launcher_isNotInAnyBundle() {
    String path = "org/xivebench/replay/launcher/Main.class";
    for (Bundle bundle : runtime.context().getBundles()) {
      if (bundle.getBundleId() != 0) {
        assertNull(bundle.getEntry(path), bundle.getSymbolicName());
      }
    }
  }

  private static Bundle bundle(String name) {
    Bundle found = null;
    for (Bundle bundle : runtime.context().getBundles()) {
      if (name.equals(bundle.getSymbolicName())) {
        found = bundle;
      }
    }
    assertNotNull(found, name);
    return found;
  }
}
