package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.launcher.CommandLineService;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** Takes the command line from the launcher and runs the command that it names. */
@Component(service = CommandLineService.class, immediate = true)
public final class XivebenchCommandLine implements CommandLineService {
  private final BundleContext bundles;
  private final Map<String, String> environment;
  private final Function<CommandContext, List<Object>> commands;
  private volatile Cancellation running = new Cancellation();

  /** Made by the component runtime when the bundle starts. */
  @Activate
  public XivebenchCommandLine(BundleContext bundles) {
    this(bundles, System.getenv(), Commands::create);
  }

  /** Made by the launcher for commands that need no bundle: there is no backend then. */
  public XivebenchCommandLine() {
    this(null);
  }

  XivebenchCommandLine(
      BundleContext bundles,
      Map<String, String> environment,
      Function<CommandContext, List<Object>> commands) {
    this.bundles = bundles;
    this.environment = environment;
    this.commands = commands;
  }

  @Override
  public int run(String[] args, PrintStream out, PrintStream err) {
    Cancellation cancellation = new Cancellation();
    running = cancellation;
    Terminal terminal = Terminal.detect(environment);
    Failures failures = new Failures(err, "1".equals(environment.get("XIVEBENCH_DEBUG")));
    try {
      CommandContext context = new CommandContext(bundles, out, err, terminal, cancellation);
      return commandLine(context, failures, args).execute(args);
    } catch (Error e) {
      return failures.handle(e, "xivebench");
    } finally {
      out.flush();
      err.flush();
    }
  }

  @Override
  public void cancel() {
    running.request();
  }

  private CommandLine commandLine(CommandContext context, Failures failures, String... args) {
    CommandLine root = new CommandLine(new XivebenchCommand());
    needed(commands.apply(context), args).forEach(root::addSubcommand);
    // A command is listed once more for each other name that it has.
    Set.copyOf(root.getSubcommands().values()).forEach(XivebenchCommandLine::addHelpOption);
    root.addSubcommand(new HelpCommand());
    space(root);
    Terminal terminal = context.terminal();
    boolean color = terminal.outIsTerminal() && terminal.colorAllowed();
    root.getCommandSpec()
        .version(
            "xivebench "
                + (bundles == null ? "(not packed)" : ProductVersion.of(bundles.getBundle())),
            "Java " + javaVersion());
    return root.setOut(new PrintWriter(context.out(), true, UTF_8))
        .setErr(new PrintWriter(context.err(), true, UTF_8))
        .setColorScheme(CommandLine.Help.defaultColorScheme(color ? Ansi.ON : Ansi.OFF))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(parsed -> executeChecked(parsed, failures))
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  private static int executeChecked(ParseResult parsed, Failures failures) {
    try {
      FileArguments.check(parsed);
    } catch (UsageException e) {
      return failures.handle(e, Failures.nameOfLast(parsed));
    }
    return new RunLast().execute(parsed);
  }

  /** The one that is named first, or all: to look into each takes longer than many a command. */
  private static List<Object> needed(List<Object> all, String... args) {
    List<Object> named =
        all.stream().filter(command -> args.length > 0 && isNamed(command, args[0])).toList();
    return named.isEmpty() ? all : named;
  }

  private static boolean isNamed(Object command, String name) {
    Command declared = command.getClass().getAnnotation(Command.class);
    return declared != null
        && (declared.name().equals(name) || List.of(declared.aliases()).contains(name));
  }

  /** Gives a command and those below it the option for help. */
  private static void addHelpOption(CommandLine command) {
    command
        .getCommandSpec()
        .addOption(
            OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit.")
                .build());
    command.getSubcommands().values().forEach(XivebenchCommandLine::addHelpOption);
  }

  /** Sets the parts of the help off from each other, the same for every command. */
  private static void space(CommandLine command) {
    command
        .getCommandSpec()
        .usageMessage()
        .descriptionHeading("%n")
        .parameterListHeading("%n")
        .optionListHeading("%n")
        .commandListHeading("%nCommands:%n");
    command.getSubcommands().values().forEach(XivebenchCommandLine::space);
  }

  private static String javaVersion() {
    return Runtime.version() + " (" + System.getProperty("java.vendor") + ")";
  }
}
