package org.xivebench.replay.cli;

import org.osgi.framework.Bundle;
import org.osgi.framework.Version;

/** A bundle's version as the build wrote it: OSGi has a dot before the qualifier. */
final class ProductVersion {
  private ProductVersion() {}

  static String of(Bundle bundle) {
    Version version = bundle.getVersion();
    String numbers = version.getMajor() + "." + version.getMinor() + "." + version.getMicro();
    return version.getQualifier().isEmpty() ? numbers : numbers + "-" + version.getQualifier();
  }
}
