package org.xivebench.replay.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.engine.LiveConfig;
import org.xivebench.replay.engine.LiveMachine;
import org.xivebench.replay.engine.Traffic;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

@Timeout(60)
class ShellTest {
  private static final List<DeviceType> BACKENDS =
      List.of(new XicsDeviceType(), new XiveNativeDeviceType());

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private LiveMachine live;
  private Traffic traffic;
  private Shell shell;

  @BeforeEach
  void start() throws Exception {
    live = LiveMachine.start(LiveConfig.of(2, VmConfig.DEFAULT), BACKENDS.get(0));
    traffic = Traffic.start(live, 500);
    shell = new Shell(live, traffic, () -> BACKENDS, null, new PrintStream(printed, true, UTF_8));
  }

  @AfterEach
  void endsWithNothingLost() throws Exception {
    traffic.end();
    LiveMachine.Result result = live.end();
    assertTrue(result.law().holds(), result.law()::toString);
    assertEquals(List.of(), result.problems());
  }

  private String does(String line) {
    printed.reset();
    assertEquals(Shell.Outcome.DONE, shell.execute(line), printed.toString(UTF_8));
    return printed.toString(UTF_8);
  }

  private String fails(String line) {
    printed.reset();
    assertEquals(Shell.Outcome.FAILED, shell.execute(line));
    return printed.toString(UTF_8).trim();
  }

  @Test
  void swap_changesTheController() {
    assertTrue(does("swap xive-native").startsWith("xics-on-xive -> xive-native, "));
    assertTrue(does("status").contains("controller: xive-native"));
    assertTrue(does("debugfs").contains("VCPU"));
  }

  @Test
  void detach_thenSwap_attaches() {
    assertTrue(does("detach").startsWith("xics-on-xive -> none, "));
    assertTrue(does("status").contains("controller: none, "));
    does("inject 0x1300 3");
    assertTrue(does("swap xive-native").contains("-> xive-native"));
    assertTrue(does("attached").contains("controller: xive-native"));
  }

  @Test
  void guestAndDevices_doWhatTheyAreTold() {
    does("traffic off");
    assertTrue(live.await(live::isIdle));
    does("mask 0x1301");
    assertTrue(live.await(() -> live.isMasked(0x1301)));
    assertTrue(does("sources").contains("0x1301 MSI masked"));
    does("route 0x1301 1");
    assertTrue(live.await(() -> !live.isMasked(0x1301)));
    long before = live.law().delivered();
    does("inject 0x1301");
    does("raise 0x1200");
    does("ipi 0 1");
    assertTrue(live.await(() -> live.law().delivered() >= before + 3));
    assertTrue(does("law").contains("under way 0"));
    assertEquals(2, does("vcpus").lines().count());
  }

  @ParameterizedTest
  @CsvSource({
    "swap nothing, '! no backend nothing; there are xics-on-xive, xive-native'",
    "swap, '! an argument is missing; ''help'' shows them'",
    "inject 12, '! no such source; there are [0x1300, 0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x1306, 0x1307]'",
    "inject x, '! not a number: x'",
    "ipi 0 9, '! no server 9'",
    "bundles, '! there is no OSGi framework here'",
    "xyzzy, '! no command xyzzy; ''help'' lists them'",
  })
  void wrongLine_isAnsweredInOneLine(String line, String answer) {
    assertEquals(answer, fails(line));
  }

  @Test
  void emptyLineAndRemark_doNothing() {
    assertEquals("", does("  ") + does("# a script"));
    assertEquals(Shell.Outcome.QUIT, shell.execute("quit"));
  }
}
