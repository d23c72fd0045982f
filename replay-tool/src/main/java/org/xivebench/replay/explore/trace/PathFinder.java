package org.xivebench.replay.explore.trace;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.xivebench.replay.explore.scenario.Path;

/**
 * Tells by the calling thread's stack which of the paths of docs/release.md it is on. The innermost
 * decides: a hypercall is made inside a run, an escalation handler inside an injection.
 */
final class PathFinder {
  /** Entry points by class and method; a release is none of the paths. */
  private static final Map<String, Optional<Path>> ENTRIES = new HashMap<>();

  static {
    enters(Path.P1, "Vcpu", "run", "enter", "push");
    enters(Path.P2, "Vcpu", "leave", "pull");
    enters(Path.P3, "XicsHypercalls", "serve");
    enters(Path.P4, "XicsHypercalls", "ipi", "ipoll", "scanForRerouted");
    enters(Path.P5, "Vcpu", "getOneReg", "setOneReg");
    enters(Path.P6, "DeviceFile", "connect");
    enters(Path.P7, "DeviceFile", "setAttr", "getAttr", "hasAttr");
    enters(Path.P8, "DeviceFile", "mmap");
    enters(Path.P9, "DeviceMapping", "page");
    enters(Path.P10, "DeviceFile", "close");
    enters(Path.P11, "Vm", "createDevice");
    enters(Path.P12, "Vm", "setMapped", "clrMapped");
    enters(Path.P12, "Irqfd", "addProducer", "removeProducer");
    enters(Path.P13, "DebugfsFile", "read");
    enters(Path.P14, "Vcpu", "escalationFired");
    enters(Path.P15, "Vm", "serveRtas");
    enters(Path.P16, "Vm", "irqLine");
    enters(Path.P16, "Irqfd", "signal", "acknowledge");
    enters(Path.P17, "Vcpu", "cede");
    enters(Path.P18, "Vm", "close", "destroy");
    enters(Path.P18, "Vcpu", "destroy");
    enters(Path.P19, "Irqfd", "reRegister");
    enters(Path.P20, "XiveNativeDevice", "reset", "syncQueues");
    enters(Path.P20, "XicsQueues", "checkProvisioning");
    ENTRIES.put("ReleaseProtocol.release", Optional.empty());
  }

  private PathFinder() {}

  private static void enters(Path path, String type, String... methods) {
    for (String method : methods) {
      ENTRIES.put(type + "." + method, Optional.of(path));
    }
  }

  /** Returns the path that the calling thread is on. */
  static Optional<Path> ofCurrentThread() {
    List<Optional<Path>> found =
        StackWalker.getInstance()
            .walk(
                frames ->
                    frames
                        .map(frame -> ENTRIES.get(nameOf(frame)))
                        .filter(Objects::nonNull)
                        .toList());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    // A producer that registers again maps what it registers: the one case where the outer counts.
    Optional<Path> again = Optional.of(Path.P19);
    return found.get(0).equals(Optional.of(Path.P12)) && found.contains(again)
        ? again
        : found.get(0);
  }

  private static String nameOf(StackWalker.StackFrame frame) {
    String type = frame.getClassName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethodName();
  }
}
