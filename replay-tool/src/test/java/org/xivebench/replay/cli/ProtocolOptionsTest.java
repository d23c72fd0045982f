package org.xivebench.replay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.release.Step;
import org.xivebench.replay.UsageException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ProtocolOptionsTest {
  @Command(name = "test")
  static final class Parsed {
    @Mixin ProtocolOptions protocol;
  }

  private static VmConfig parse(String... args) {
    Parsed parsed = new Parsed();
    new CommandLine(parsed).parseArgs(args);
    return parsed.protocol.apply(VmConfig.DEFAULT);
  }

  @Test
  void without_stepOrFix_takesEitherAway() {
    VmConfig config = parse("--without", "debugfs-remove,eq-page-put");

    assertFalse(config.protocol().has(Step.DEBUGFS_REMOVE));
    assertFalse(config.has(KernelFix.EQ_PAGE_PUT));
    assertTrue(config.has(KernelFix.EQ_PAGE_CHECK));
  }

  @Test
  void with_stepAndLaterFix_putsThemIn() {
    VmConfig config =
        parse("--protocol", "seed", "--with", "clear-escalation", "--with", "eq-page-put");

    assertEquals(KernelVersion.SEED, config.kernel());
    assertTrue(config.has(KernelFix.EQ_PAGE_PUT));
    List<Step> cleanUp = config.protocol().vcpuCleanUp();
    assertEquals(
        cleanUp.indexOf(Step.CLEAR_ESCALATION) + 1, cleanUp.indexOf(Step.MASK_VP_IPI), "its place");
  }

  @Test
  void move_toBeforeAnother_changesTheOrderOnly() {
    List<Step> moved = parse("--move", "free-sources:clean-up-vcpus").protocol().sequence();

    assertEquals(moved.indexOf(Step.FREE_SOURCES) + 1, moved.indexOf(Step.CLEAN_UP_VCPUS));
    assertEquals(VmConfig.DEFAULT.protocol().sequence().size(), moved.size());
  }

  @Test
  void vcpuMutex_ofAnOldKernel_cleansUpAsThatDid() {
    List<Step> cleanUp =
        parse("--protocol", "vcpu-mutex", "--kernel", "v52").protocol().vcpuCleanUp();

    assertFalse(cleanUp.contains(Step.CLEAR_CAM));
    assertTrue(cleanUp.indexOf(Step.DISABLE_VP) < cleanUp.indexOf(Step.FREE_ESCALATIONS));
  }

  @Test
  void names_thatThereAreNot_areUsageErrors() {
    assertThrows(UsageException.class, () -> parse("--without", "nothing"));
    assertThrows(UsageException.class, () -> parse("--move", "free-sources"));
    assertThrows(UsageException.class, () -> parse("--move", "free-sources:clear-cam"));
    assertThrows(UsageException.class, () -> parse("--move", "vm-lock:gate"));
  }
}
