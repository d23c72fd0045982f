package org.xivebench.replay.explore.scenario;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;

/**
 * A protocol under which a scenario must fail, and how: what shows that the scenario can see
 * anything at all.
 *
 * @param protocol its name
 * @param kernel whose behaviour the devices have
 * @param without the steps that are left out
 * @param backend on which it is so; empty for all that the scenario runs on
 * @param symptom text that the failure's message contains
 */
public record Weakness(
    String protocol,
    KernelVersion kernel,
    Set<Step> without,
    Optional<IrqType> backend,
    String symptom) {

  /** A protocol as it is, with today's devices; say what it {@link #shows}. */
  public static Weakness of(ReleaseProtocol protocol) {
    return new Weakness(protocol.name(), KernelVersion.V6, Set.of(), Optional.empty(), "");
  }

  /** The gated protocol with steps left out. */
  public static Weakness without(Step first, Step... more) {
    return new Weakness(
        ReleaseProtocol.GATED.name(),
        KernelVersion.V6,
        EnumSet.of(first, more),
        Optional.empty(),
        "");
  }

  /** Returns this with other devices. */
  public Weakness kernel(KernelVersion other) {
    return new Weakness(protocol, other, without, backend, symptom);
  }

  /** Returns this for one backend only. */
  public Weakness on(IrqType only) {
    return new Weakness(protocol, kernel, without, Optional.of(only), symptom);
  }

  /** Returns this with the text by which the failure is known. */
  public Weakness shows(String text) {
    return new Weakness(protocol, kernel, without, backend, text);
  }

  /** Returns whether it is said of a backend of that type. */
  public boolean concerns(IrqType type) {
    return backend.isEmpty() || backend.get() == type;
  }

  /** Returns a VM's configuration with this weakness. */
  public VmConfig apply(VmConfig config) {
    ReleaseProtocol chosen =
        ReleaseProtocol.named(protocol)
            .orElseThrow(() -> new IllegalStateException("no protocol " + protocol));
    return config.withProtocol(chosen.without(without.toArray(Step[]::new))).withKernel(kernel);
  }

  /** Returns the options of the command line that choose it. */
  public String options() {
    String text = "--protocol " + protocol + " --kernel " + kernel.optionName();
    return without.isEmpty()
        ? text
        : text
            + " --without "
            + without.stream().map(Step::optionName).collect(Collectors.joining(","));
  }
}
