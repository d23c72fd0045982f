package org.xivebench.replay.shell;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.osgi.framework.BundleContext;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.replay.engine.Law;
import org.xivebench.replay.engine.LiveMachine;
import org.xivebench.replay.engine.Traffic;

/** Does what the lines of a shell say to a VM that runs. */
public final class Shell {
  private final LiveMachine live;
  private final Traffic traffic;
  private final Supplier<List<DeviceType>> backends;
  private final BundleCommands bundles;
  private final PrintStream out;
  private final Map<String, Command> commands = new LinkedHashMap<>();

  private record Command(String usage, String description, Action action) {}

  @FunctionalInterface
  private interface Action {
    void run(List<String> arguments) throws ShellException;
  }

  /**
   * @param backends those that are there at the time
   * @param context null outside of a framework
   * @param out where answers go
   */
  public Shell(
      LiveMachine live,
      Traffic traffic,
      Supplier<List<DeviceType>> backends,
      BundleContext context,
      PrintStream out) {
    this.live = live;
    this.traffic = traffic;
    this.backends = backends;
    this.bundles = new BundleCommands(context, out);
    this.out = out;
    add("help", "", "what there is", arguments -> help());
    add("status", "", "the controller and the traffic", arguments -> status());
    add("vcpus", "", "what each vCPU does", arguments -> vcpus());
    add("sources", "", "interrupts under way, by source", arguments -> sources());
    add("law", "", "what has become of all interrupts so far", arguments -> law());
    add("debugfs", "[PATH]", "read the debugfs files, or one", this::debugfs);
    add("backends", "", "where one can swap to", arguments -> out.println(backendNames()));
    add("swap", "NAME", "change the controller", this::swap);
    add("detach", "", "take the controller out and keep its state", arguments -> detach());
    add("attached", "", "wait until there is a controller again", arguments -> awaitAttached());
    add("inject", "SOURCE [COUNT]", "a device triggers its edge", this::inject);
    add("raise", "SOURCE", "a device raises its line", this::raise);
    add("ipi", "FROM TO", "a vCPU sends an IPI to a server", this::ipi);
    add("mask", "SOURCE", "the guest masks a source", this::mask);
    add("route", "SOURCE SERVER", "the guest routes a source and unmasks it", this::route);
    add("traffic", "on|off", "let devices trigger by themselves", this::traffic);
    add("bundles", "", "the bundles of the framework", arguments -> bundles.list());
    add("stop", "BUNDLE", "stop a backend's bundle", a -> bundles.stop(argument(a, 0)));
    add("start", "BUNDLE", "start a bundle", a -> bundles.start(argument(a, 0)));
    add("update", "BUNDLE [JAR]", "update a backend's bundle", this::update);
    add("quit", "", "stop the VM and close the books", arguments -> {});
  }

  private void add(String name, String usage, String description, Action action) {
    commands.put(name, new Command(usage, description, action));
  }

  /** What became of a line. */
  public enum Outcome {
    DONE,
    FAILED,
    QUIT
  }

  /** Does a line. Nothing for an empty one, or one that begins with #. */
  public Outcome execute(String line) {
    List<String> words = List.of(line.trim().split("\\s+"));
    String name = words.get(0);
    if (name.isEmpty() || name.startsWith("#")) {
      return Outcome.DONE;
    }
    if (name.equals("quit")) {
      return Outcome.QUIT;
    }
    Command command = commands.get(name);
    if (command == null) {
      out.println("! no command " + name + "; 'help' lists them");
      return Outcome.FAILED;
    }
    try {
      command.action().run(words.subList(1, words.size()));
      return Outcome.DONE;
    } catch (ShellException e) {
      out.println("! " + e.getMessage());
      return Outcome.FAILED;
    }
  }

  private void help() {
    commands.forEach(
        (name, command) ->
            out.printf("%-24s %s%n", (name + " " + command.usage()).trim(), command.description()));
  }

  // ---- looking

  private void status() {
    DeviceFile file = live.machine().file();
    out.println(
        "controller: "
            + (file != null
                ? file.device().deviceType().name()
                : "none, " + live.vm().injection().held().size() + " interrupts held"));
    out.println("protocol: " + live.vm().protocol().name());
    out.println("traffic: " + (traffic.isPaused() ? "off" : "on"));
    live.vm().stuckReports().forEach(report -> out.println("! " + report));
  }

  private void vcpus() {
    for (Vcpu vcpu : live.vm().vcpus()) {
      out.printf(
          "%-8s %-8s %s%n",
          vcpu,
          vcpu.irqType().name().toLowerCase(Locale.ROOT),
          vcpu.isCeded() ? "asleep" : vcpu.slot().isInside() ? "in the guest" : "outside");
    }
  }

  private void sources() {
    live.msis().forEach(source -> source(source, "MSI"));
    live.lsis().forEach(source -> source(source, "LSI"));
  }

  private void source(int source, String kind) {
    out.printf(
        "0x%x %s %-8s %d under way%n",
        source, kind, live.isMasked(source) ? "masked" : "", live.outstanding(source));
  }

  private void law() {
    Law law = live.law();
    out.printf(
        "triggered %d, delivered %d, coalesced %d, dropped %d, under way %d; %d swaps%n",
        law.triggered(),
        law.delivered(),
        law.coalesced(),
        law.dropped(),
        Math.max(0, law.triggered() - law.delivered() - law.coalesced() - law.dropped()),
        live.swapCount());
  }

  private void debugfs(List<String> arguments) throws ShellException {
    List<String> paths = arguments.isEmpty() ? live.vm().debugfs().paths() : arguments;
    for (String path : paths) {
      try {
        out.println(path + ":");
        out.print(live.vm().debugfs().open(path).read());
      } catch (ErrnoException e) {
        throw new ShellException(e.getMessage());
      }
    }
  }

  // ---- changing the controller

  private String backendNames() {
    return backends.get().stream().map(DeviceType::name).collect(Collectors.joining(", "));
  }

  private void swap(List<String> arguments) throws ShellException {
    String name = argument(arguments, 0);
    Optional<DeviceType> type =
        backends.get().stream().filter(each -> each.name().equals(name)).findFirst();
    if (type.isEmpty()) {
      throw new ShellException("no backend " + name + "; there are " + backendNames());
    }
    change(() -> live.swapper().swapTo(type.get()));
  }

  private void detach() throws ShellException {
    change(live.swapper()::detach);
  }

  @FunctionalInterface
  private interface Change {
    SwapReport run() throws SwapException;
  }

  private void change(Change change) throws ShellException {
    try {
      SwapReport report = change.run();
      live.swapped(report);
      out.printf(
          Locale.ROOT,
          "%s -> %s, %.3f ms, %d interrupts held%n",
          report.from() == null ? "none" : report.from(),
          report.to() == null ? "none" : report.to(),
          report.pauseNanos() / 1e6,
          report.heldInterrupts());
    } catch (SwapException e) {
      throw new ShellException(e.getMessage());
    }
  }

  private void awaitAttached() throws ShellException {
    if (!live.await(() -> !live.vm().isDetached())) {
      throw new ShellException("no controller has come");
    }
    status();
  }

  // ---- devices and guest

  private void inject(List<String> arguments) throws ShellException {
    int source = source(arguments, live.msis());
    int count = arguments.size() > 1 ? number(arguments, 1) : 1;
    for (int i = 0; i < count; i++) {
      live.trigger(source);
    }
  }

  private void raise(List<String> arguments) throws ShellException {
    live.raise(source(arguments, live.lsis()));
  }

  private void ipi(List<String> arguments) throws ShellException {
    var unusedTask = live.sendIpi(server(arguments, 0), server(arguments, 1));
  }

  private void mask(List<String> arguments) throws ShellException {
    var unusedTask = live.mask(0, anySource(arguments));
  }

  private void route(List<String> arguments) throws ShellException {
    var unusedTask = live.route(0, anySource(arguments), server(arguments, 1));
  }

  private void traffic(List<String> arguments) throws ShellException {
    switch (argument(arguments, 0)) {
      case "on" -> traffic.setPaused(false);
      case "off" -> traffic.setPaused(true);
      default -> throw new ShellException("traffic on, or traffic off");
    }
  }

  private void update(List<String> arguments) throws ShellException {
    bundles.update(argument(arguments, 0), arguments.size() > 1 ? arguments.get(1) : null);
  }

  // ---- arguments

  private static String argument(List<String> arguments, int index) throws ShellException {
    if (index >= arguments.size()) {
      throw new ShellException("an argument is missing; 'help' shows them");
    }
    return arguments.get(index);
  }

  private static int number(List<String> arguments, int index) throws ShellException {
    String text = argument(arguments, index);
    try {
      return Integer.decode(text);
    } catch (NumberFormatException e) {
      throw new ShellException("not a number: " + text);
    }
  }

  private static int source(List<String> arguments, List<Integer> known) throws ShellException {
    int source = number(arguments, 0);
    if (!known.contains(source)) {
      throw new ShellException(
          "no such source; there are "
              + known.stream().map(each -> "0x" + Integer.toHexString(each)).toList());
    }
    return source;
  }

  private int anySource(List<String> arguments) throws ShellException {
    return source(
        arguments, live.msis().contains(number(arguments, 0)) ? live.msis() : live.lsis());
  }

  private int server(List<String> arguments, int index) throws ShellException {
    int server = number(arguments, index);
    if (server < 0 || server >= live.vm().vcpus().size()) {
      throw new ShellException("no server " + server);
    }
    return server;
  }
}
