package org.xivebench.itest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.BundleActivator;

/** Packs a class of these tests into a bundle of its own. */
final class TestBundle {
  private TestBundle() {}

  /**
   * Writes {@code name.jar}, a bundle of version 1.2.3 with one class.
   *
   * @param imports the packages that the class needs, as in Import-Package
   */
  static Path pack(
      Path folder, String name, Class<? extends BundleActivator> activator, String imports)
      throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Bundle-ManifestVersion", "2");
    attributes.putValue("Bundle-SymbolicName", name);
    attributes.putValue("Bundle-Version", "1.2.3");
    attributes.putValue("Bundle-Activator", activator.getName());
    attributes.putValue("Import-Package", imports);
    String path = activator.getName().replace('.', '/') + ".class";
    Path jar = folder.resolve(name + ".jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        InputStream in = activator.getClassLoader().getResourceAsStream(path)) {
      out.putNextEntry(new ZipEntry(path));
      in.transferTo(out);
      out.closeEntry();
    }
    return jar;
  }

  /** Writes a copy of a bundle that says that it is of another version. */
  static Path withVersion(Path bundle, Path folder, String version) throws IOException {
    Path copy = folder.resolve(version + "-" + bundle.getFileName());
    try (JarFile from = new JarFile(bundle.toFile())) {
      Manifest manifest = new Manifest(from.getManifest());
      manifest.getMainAttributes().putValue("Bundle-Version", version);
      try (OutputStream file = Files.newOutputStream(copy);
          JarOutputStream out = new JarOutputStream(file, manifest)) {
        for (JarEntry entry : Collections.list(from.entries())) {
          if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
            continue;
          }
          out.putNextEntry(new ZipEntry(entry.getName()));
          try (InputStream in = from.getInputStream(entry)) {
            in.transferTo(out);
          }
          out.closeEntry();
        }
      }
    }
    return copy;
  }
}
