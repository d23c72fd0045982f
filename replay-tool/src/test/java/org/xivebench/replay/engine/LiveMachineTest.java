package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

@Timeout(60)
class LiveMachineTest {
  static List<DeviceType> backends() {
    return List.of(new XicsDeviceType(), new XiveNativeDeviceType());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void interrupts_oneAtATime_areAllHandledAndAccountedFor(DeviceType backend) throws Exception {
    LiveMachine live = LiveMachine.start(new LiveConfig(2, 3, 1, VmConfig.DEFAULT, 2_000), backend);
    for (int turn = 0; turn < 200; turn++) {
      for (int source : live.msis()) {
        live.trigger(source);
        assertTrue(live.await(() -> live.outstanding(source) == 0), "source " + source);
      }
      live.sendIpi(turn % 2, 1 - turn % 2);
      for (int source : live.lsis()) {
        live.raise(source);
        assertTrue(live.await(() -> live.outstanding(source) == 0), "line " + source);
      }
    }
    LiveMachine.Result result = live.end();
    assertEquals(List.of(), result.stuck());
    assertEquals(List.of(), result.problems());
    assertTrue(result.law().holds(), result.law()::toString);
    assertEquals(1000, result.law().triggered());
  }
}
