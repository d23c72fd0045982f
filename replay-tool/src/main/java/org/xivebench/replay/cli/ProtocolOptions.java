package org.xivebench.replay.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.replay.UsageException;
import picocli.CommandLine.Option;

/**
 * How devices are released and whose behaviour they have: options that mean the same wherever they
 * occur.
 */
final class ProtocolOptions {
  @Option(
      names = "--protocol",
      paramLabel = "NAME",
      description = "How devices are released: gated (default), vcpu-mutex, seed or unprotected.")
  private String protocol = ReleaseProtocol.GATED.name();

  @Option(
      names = "--without",
      paramLabel = "STEP",
      split = ",",
      description =
          "Leave a step of the release out, such as debugfs-remove, or take a fix of the kernel back,"
              + " such as eq-page-put; explore --list shows them. May be repeated.")
  private List<String> without = new ArrayList<>();

  @Option(
      names = "--with",
      paramLabel = "STEP",
      split = ",",
      description =
          "Put a step into a release that has it not, or a later fix into a kernel; names as for"
              + " --without. May be repeated.")
  private List<String> with = new ArrayList<>();

  @Option(
      names = "--move",
      paramLabel = "STEP:BEFORE",
      split = ",",
      description =
          "Move a step of the release to just before another, such as"
              + " free-sources:clean-up-vcpus. May be repeated.")
  private List<String> moves = new ArrayList<>();

  @Option(
      names = "--kernel",
      paramLabel = "VERSION",
      description =
          "Whose behaviour the devices have: v6, v510, v55, v54, v52, seed or pre. Default: v6; seed"
              + " with --protocol seed, pre with --protocol unprotected.")
  private String kernel;

  /** Whether something else than the defaults is chosen. */
  boolean isAskedFor() {
    return !protocol.equals(ReleaseProtocol.GATED.name())
        || kernel != null
        || !with.isEmpty()
        || !without.isEmpty()
        || !moves.isEmpty();
  }

  /**
   * Returns a VM's configuration with what the user chose.
   *
   * @throws UsageException for a name that there is not
   */
  VmConfig apply(VmConfig config) {
    ReleaseProtocol chosen =
        ReleaseProtocol.named(protocol)
            .orElseThrow(
                () ->
                    new UsageException(
                        "unknown protocol '" + protocol + "'; there are " + protocols()));
    KernelVersion version = kernelFor(chosen);
    ReleaseProtocol changed = chosen.asOf(version);
    VmConfig result = config.withKernel(version);
    for (String each : with) {
      Optional<KernelFix> fix = KernelFix.named(each);
      if (fix.isPresent()) {
        result = result.with(fix.get());
      } else {
        changed = changed.with(step(each));
      }
    }
    for (String each : without) {
      Optional<KernelFix> fix = KernelFix.named(each);
      if (fix.isPresent()) {
        result = result.without(fix.get());
      } else {
        changed = changed.without(step(each));
      }
    }
    for (String move : moves) {
      changed = moved(changed, move);
    }
    return result.withProtocol(changed);
  }

  private static ReleaseProtocol moved(ReleaseProtocol protocol, String move) {
    int colon = move.indexOf(':');
    if (colon < 0) {
      throw new UsageException(
          "--move takes two steps, such as free-sources:clean-up-vcpus, not " + move);
    }
    try {
      return protocol.moving(step(move.substring(0, colon)), step(move.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--move " + move + ": " + e.getMessage());
    }
  }

  private KernelVersion kernelFor(ReleaseProtocol chosen) {
    if (kernel != null) {
      return KernelVersion.named(kernel)
          .orElseThrow(
              () -> new UsageException("unknown kernel '" + kernel + "'; there are " + kernels()));
    }
    if (chosen == ReleaseProtocol.SEED) {
      return KernelVersion.SEED;
    }
    return chosen == ReleaseProtocol.UNPROTECTED ? KernelVersion.PRE : KernelVersion.V6;
  }

  private static Step step(String name) {
    return Step.named(name)
        .orElseThrow(
            () ->
                new UsageException(
                    "unknown step '"
                        + name
                        + "'"
                        + NearestNames.question(name, stepNames())
                        + "; xivebench explore --list shows them"));
  }

  private static List<String> stepNames() {
    return Stream.concat(
            Arrays.stream(Step.values()).map(Step::optionName),
            Arrays.stream(KernelFix.values()).map(KernelFix::optionName))
        .toList();
  }

  private static String protocols() {
    return ReleaseProtocol.all().stream()
        .map(ReleaseProtocol::name)
        .collect(Collectors.joining(", "));
  }

  private static String kernels() {
    return Arrays.stream(KernelVersion.values())
        .map(KernelVersion::optionName)
        .collect(Collectors.joining(", "));
  }

  // ---- as part of a token: gated,v6,-vcpu-mutex,+late-publish,reopen@clean-up-vcpus

  private static final String PART = ",";
  private static final String LEFT_OUT = "-";
  private static final String PUT_IN = "+";
  private static final String MOVED = "@";

  /** Returns what was chosen, in full, as one word: equal for options that mean the same. */
  String setting() {
    ReleaseProtocol chosen =
        ReleaseProtocol.named(protocol)
            .orElseThrow(() -> new IllegalStateException("not applied: " + protocol));
    List<String> parts = new ArrayList<>(List.of(protocol, kernelFor(chosen).optionName()));
    without.stream().distinct().sorted().map(LEFT_OUT::concat).forEach(parts::add);
    with.stream().distinct().sorted().map(PUT_IN::concat).forEach(parts::add);
    moves.stream().map(move -> move.replace(":", MOVED)).forEach(parts::add);
    return String.join(PART, parts);
  }

  /**
   * Returns the options that such a word stands for.
   *
   * @throws UsageException if it is none; what it names is looked at by {@link #apply}
   */
  static ProtocolOptions ofSetting(String setting) {
    String[] parts = setting.split(PART, -1);
    if (parts.length < 2) {
      throw new UsageException("not a protocol and a kernel: " + setting);
    }
    ProtocolOptions options = new ProtocolOptions();
    options.protocol = parts[0];
    options.kernel = parts[1];
    for (String part : Arrays.asList(parts).subList(2, parts.length)) {
      if (part.startsWith(LEFT_OUT)) {
        options.without.add(part.substring(1));
      } else if (part.startsWith(PUT_IN)) {
        options.with.add(part.substring(1));
      } else {
        options.moves.add(part.replace(MOVED, ":"));
      }
    }
    return options;
  }

  /** Returns what was chosen as options to be given again. */
  String asOptions() {
    StringBuilder text = new StringBuilder("--protocol ").append(protocol);
    if (kernel != null) {
      text.append(" --kernel ").append(kernel);
    }
    if (!without.isEmpty()) {
      text.append(" --without ").append(String.join(",", without));
    }
    if (!with.isEmpty()) {
      text.append(" --with ").append(String.join(",", with));
    }
    moves.forEach(move -> text.append(" --move ").append(move));
    return text.toString();
  }
}
