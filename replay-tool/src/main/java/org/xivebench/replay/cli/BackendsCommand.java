package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.xivebench.kvm.device.DeviceType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the backends that are found as services, with the bundles that they come from. */
@Command(
    name = "backends",
    description = {
      "List the interrupt-controller backends that were found.",
      "",
      "With each comes the bundle that it is from, its version and its state. A backend is added by"
          + " a jar in the folder bundles/."
    })
final class BackendsCommand implements Callable<Integer> {
  private static final String ROW = "%-16s %8s  %-28s %-16s %s%n";

  private final CommandContext context;

  @Mixin private ReportOptions report;

  BackendsCommand(CommandContext context) {
    this.context = context;
  }

  /** One backend as it is listed; text only, so that nothing of its bundle is kept. */
  private record Backend(String name, int kvmType, String bundle, String version, String state) {}

  @Override
  public Integer call() throws IOException {
    try (JsonOutput json = report.openJson(context)) {
      List<Backend> backends = backends();
      if (backends.isEmpty()) {
        context.err().println("xivebench backends: none found; is there one in bundles/?");
      } else {
        print(backends, report.text(context));
      }
      json.write(() -> toJson(backends));
    }
    return ExitCode.OK;
  }

  private List<Backend> backends() {
    BundleContext bundles = context.bundles();
    try {
      return bundles.getServiceReferences(DeviceType.class, null).stream()
          .map(this::describe)
          .filter(Objects::nonNull)
          .sorted(Comparator.comparing(Backend::name).thenComparing(Backend::bundle))
          .toList();
    } catch (InvalidSyntaxException e) {
      throw new AssertionError("no filter was given", e);
    }
  }

  /** Null when the backend has gone meanwhile. */
  private Backend describe(ServiceReference<DeviceType> reference) {
    DeviceType type = context.bundles().getService(reference);
    Bundle bundle = reference.getBundle();
    if (type == null || bundle == null) {
      return null;
    }
    try {
      return new Backend(
          type.name(),
          type.type(),
          bundle.getSymbolicName(),
          ProductVersion.of(bundle),
          state(bundle));
    } finally {
      context.bundles().ungetService(reference);
    }
  }

  private static String state(Bundle bundle) {
    return switch (bundle.getState()) {
      case Bundle.STARTING -> "starting";
      case Bundle.ACTIVE -> "active";
      case Bundle.STOPPING -> "stopping";
      default -> "not running";
    };
  }

  private static void print(List<Backend> backends, PrintStream out) {
    out.printf(ROW, "BACKEND", "KVM TYPE", "BUNDLE", "VERSION", "STATE");
    for (Backend backend : backends) {
      out.printf(
          ROW,
          backend.name(),
          backend.kvmType(),
          backend.bundle(),
          backend.version(),
          backend.state());
    }
  }

  private static ObjectNode toJson(List<Backend> backends) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode list = root.putArray("backends");
    for (Backend backend : backends) {
      list.addObject()
          .put("name", backend.name())
          .put("kvmType", backend.kvmType())
          .put("bundle", backend.bundle())
          .put("version", backend.version())
          .put("state", backend.state());
    }
    return root;
  }
}
