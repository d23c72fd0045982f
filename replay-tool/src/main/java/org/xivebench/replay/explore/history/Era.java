package org.xivebench.replay.explore.history;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;

/**
 * The product's code as a kernel of some day had it: a protocol, a version, and what differs from
 * both.
 *
 * @param config for the VM
 * @param options what chooses it on the command line
 */
record Era(VmConfig config, String options) {
  private static final int SMALL_PAGE_SHIFT = 12;

  /** A protocol as kernels of a version had it. */
  static Era of(ReleaseProtocol protocol, KernelVersion kernel) {
    return new Era(
        VmConfig.DEFAULT.withProtocol(protocol.asOf(kernel)).withKernel(kernel),
        "--protocol " + protocol.name() + " --kernel " + kernel.optionName());
  }

  /** Returns this without steps of the release. */
  Era without(Step... steps) {
    List<String> names = new ArrayList<>();
    for (Step step : steps) {
      names.add(step.optionName());
    }
    return new Era(
        config.withProtocol(config.protocol().without(steps)),
        options + " --without " + String.join(",", names));
  }

  /** Returns this with a step of the release more. */
  Era with(Step step) {
    return new Era(
        config.withProtocol(config.protocol().with(step)),
        options + " --with " + step.optionName());
  }

  /** Returns this with a step of the release moved to just before another. */
  Era moving(Step step, Step before) {
    return new Era(
        config.withProtocol(config.protocol().moving(step, before)),
        options + " --move " + step.optionName() + ":" + before.optionName());
  }

  /** Returns this with a fix taken back. */
  Era without(KernelFix fix) {
    return new Era(config.without(fix), options + " --without " + fix.optionName());
  }

  /** Returns this with a fix that came later. */
  Era with(KernelFix fix) {
    return new Era(config.with(fix), options + " --with " + fix.optionName());
  }

  /** Returns this with a guest whose page table is set up at its first run. */
  Era onHashedPageTable() {
    return new Era(
        config.withHashedPageTable(true), options + ", a guest with a hashed page table");
  }

  /** Returns this on a host with 4 KiB pages. */
  Era onSmallPages() {
    return new Era(
        config.withHostPageShift(SMALL_PAGE_SHIFT), options + ", a host with 4 KiB pages");
  }
}
