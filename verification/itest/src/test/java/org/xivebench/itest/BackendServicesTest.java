package org.xivebench.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.xivebench.replay.launcher.BundleRuntime;

/** The backends come and go with their bundles, as services and in what the tool lists. */
@Timeout(120)
class BackendServicesTest {
  private static final String DEVICE_TYPE = "org.xivebench.kvm.device.DeviceType";
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
  void backends_afterStart_areBothRegistered() throws Exception {
    assertEquals(Set.of(XIVE_NATIVE, XICS_ON_XIVE), bundlesWithDeviceType());
  }

  @ParameterizedTest
  @ValueSource(strings = {XIVE_NATIVE, XICS_ON_XIVE})
  void backend_whenStoppedAndStarted_goesAndComesBack(String name) throws Exception {
    Bundle backend = bundle(name);
    backend.stop();
    try {
      Set<String> others = new TreeSet<>(Set.of(XIVE_NATIVE, XICS_ON_XIVE));
      others.remove(name);
      assertEquals(others, bundlesWithDeviceType());
    } finally {
      backend.start();
    }
    assertEquals(Set.of(XIVE_NATIVE, XICS_ON_XIVE), bundlesWithDeviceType());
  }

  private static Set<String> bundlesWithDeviceType() throws InvalidSyntaxException {
    ServiceReference<?>[] references = runtime.context().getAllServiceReferences(DEVICE_TYPE, null);
    return references == null
        ? Set.of()
        : Arrays.stream(references)
            .map(reference -> reference.getBundle().getSymbolicName())
            .collect(Collectors.toSet());
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
