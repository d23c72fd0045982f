package org.xivebench.replay.explore.scenario;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.Experiment;

/**
 * A story of release, or of a swap, as data: who acts, which paths it drives, on which backends it
 * makes sense, and under which weaker protocols it must fail. {@link #on} makes it something to
 * explore.
 *
 * <pre>{@code
 * Scenario.named("one-reg")
 *     .about("a one_reg call reads a vCPU's interrupt state")
 *     .paths(P5)
 *     .cast(stage -> {
 *       stage.actor("releaser", () -> stage.file().close());
 *       stage.actor("one-reg", () -> stage.readRegister(stage.vcpu(0)), Errno.ENXIO);
 *     })
 *     .failsUnder(Weakness.without(Step.VCPU_MUTEX).shows("use after free of xc of vcpu0"))
 *     .build();
 * }</pre>
 */
public final class Scenario {
  private final String name;
  private final String description;
  private final Set<Path> paths;
  private final Set<IrqType> backends;
  private final boolean needsOther;
  private final StageOptions options;
  private final Consumer<Stage> cast;

  /** Of a scenario about swaps, which has no {@link #cast}; else null. */
  private final Consumer<SwapStage> swapCast;

  private final SwapStage.Machine swapMachine;
  private final List<Weakness> weaknesses;

  private Scenario(Builder from) {
    this.name = from.name;
    this.description = from.description;
    this.paths = from.paths;
    this.backends = from.backends;
    this.needsOther = from.needsOther;
    this.options = from.options;
    this.cast = from.cast;
    this.swapCast = from.swapCast;
    this.swapMachine = from.swapMachine;
    this.weaknesses = List.copyOf(from.weaknesses);
  }

  /** Begins a scenario. */
  public static Builder named(String name) {
    return new Builder(name);
  }

  /** Returns the name by which users choose it. */
  public String name() {
    return name;
  }

  /** Returns what it is about, in a line. */
  public String description() {
    return description;
  }

  /** Returns the paths that it drives. */
  public Set<Path> paths() {
    return EnumSet.copyOf(paths);
  }

  /** Returns under what it must fail. */
  public List<Weakness> weaknesses() {
    return weaknesses;
  }

  /**
   * Returns whether it makes sense on a backend.
   *
   * @param all the backends that there are
   */
  public boolean appliesTo(DeviceType type, List<DeviceType> all) {
    return backends.contains(type.irqType()) && (!needsOther || other(type, all).isPresent());
  }

  /**
   * Makes it something to explore.
   *
   * @param type the backend of the device that is released
   * @param all the backends that there are
   * @param config protocol and kernel; the scenario chooses memory and the like itself
   */
  public Experiment on(DeviceType type, List<DeviceType> all, VmConfig config) {
    DeviceType other = other(type, all).orElse(null);
    if (swapCast != null) {
      return () -> {
        SwapStage stage = new SwapStage(type, other, swapMachine, config);
        swapCast.accept(stage);
        return stage;
      };
    }
    return () -> {
      Stage stage = new Stage(type, other, config, options);
      cast.accept(stage);
      return stage;
    };
  }

  private static Optional<DeviceType> other(DeviceType type, List<DeviceType> all) {
    return all.stream().filter(each -> each.irqType() != type.irqType()).findFirst();
  }

  @Override
  public String toString() {
    return name;
  }

  /** What a scenario is made of. */
  public static final class Builder {
    private final String name;
    private String description = "";
    private final Set<Path> paths = EnumSet.noneOf(Path.class);
    private Set<IrqType> backends = EnumSet.of(IrqType.XICS, IrqType.XIVE);
    private boolean needsOther;
    private StageOptions options = StageOptions.DEFAULT;
    private Consumer<Stage> cast = stage -> {};
    private Consumer<SwapStage> swapCast;
    private SwapStage.Machine swapMachine = SwapStage.Machine.EDGE;
    private final List<Weakness> weaknesses = new ArrayList<>();

    private Builder(String name) {
      this.name = name;
    }

    /** What it is about, in a line. */
    public Builder about(String text) {
      description = text;
      return this;
    }

    /** The paths that it drives. */
    public Builder paths(Path... driven) {
      paths.addAll(Arrays.asList(driven));
      return this;
    }

    /** The only backend on which it makes sense. */
    public Builder onlyOn(IrqType only) {
      backends = EnumSet.of(only);
      return this;
    }

    /** It needs a backend of the other type too. */
    public Builder withOtherBackend() {
      needsOther = true;
      return this;
    }

    /** What the machine has. */
    public Builder machine(StageOptions chosen) {
      options = chosen;
      return this;
    }

    /** Who acts: called for each schedule with a fresh stage. */
    public Builder cast(Consumer<Stage> actors) {
      cast = actors;
      return this;
    }

    /**
     * Who acts in a story of a swap to the other backend: called for each schedule with a fresh
     * machine whose interrupts are accounted for.
     *
     * @param machine what it has
     * @param actors adds them
     */
    public Builder swapCast(SwapStage.Machine machine, Consumer<SwapStage> actors) {
      swapMachine = machine;
      swapCast = actors;
      return withOtherBackend();
    }

    /** A protocol under which it must fail. */
    public Builder failsUnder(Weakness weakness) {
      weaknesses.add(weakness);
      return this;
    }

    /** Makes it. */
    public Scenario build() {
      return new Scenario(this);
    }
  }
}
