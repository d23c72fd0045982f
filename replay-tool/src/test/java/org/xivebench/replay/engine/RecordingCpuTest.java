package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.OutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.ModeChange;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.InterruptMode;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.xive.Quirks;

/** What a recorded vCPU counts is what it has done. */
@Timeout(20)
class RecordingCpuTest {
  private static Machine machine() {
    return Machine.emulated(
        new MachineConfig(
            List.of(0, 1),
            InterruptMap.of(2, List.of(), List.of(0x1300)),
            InterruptMode.XICS,
            VmConfig.DEFAULT,
            Quirks.NONE));
  }

  private static RunRecorder recorder() {
    TraceHeader header =
        TraceHeader.of(
            TraceMode.XICS, "test", List.of(0, 1), List.of(new TraceHeader.Source(0x1300, false)));
    return new RunRecorder(header, OutputStream.nullOutputStream());
  }

  @Test
  void prodThatIsMade_counts() throws Exception {
    try (Machine machine = machine();
        RunRecorder recorder = recorder()) {
      Vcpu vcpu = machine.vm().vcpus().get(0);
      vcpu.run(recorder.recorded(0, cpu -> cpu.hcall(Hcall.H_PROD, 1)), machine);

      assertEquals(1, vcpu.counts().hypercalls());
      assertEquals(1, recorder.cedes());
    }
  }

  @Test
  void cedeOfAVcpuThatIsStopped_doesNotCount() throws Exception {
    try (Machine machine = machine();
        RunRecorder recorder = recorder()) {
      Vcpu vcpu = machine.vm().vcpus().get(0);
      vcpu.run(
          recorder.recorded(
              0,
              cpu -> {
                cpu.vcpu().stop();
                cpu.hcall(Hcall.H_CEDE);
              }),
          machine);

      assertEquals(0, vcpu.counts().hypercalls());
      assertEquals(0, recorder.cedes());
    }
  }

  @Test
  void cedeWithAnotherController_doesNotCount() throws Exception {
    try (Machine machine = machine();
        RunRecorder recorder = recorder()) {
      Vcpu vcpu = machine.vm().vcpus().get(0);
      vcpu.run(
          recorder.recorded(
              0,
              cpu -> {
                IrqType unusedMode = cpu.expect(IrqType.XIVE);
                assertThrows(ModeChange.class, () -> cpu.hcall(Hcall.H_CEDE));
              }),
          machine);

      assertEquals(0, vcpu.counts().hypercalls());
      assertEquals(0, recorder.cedes());
    }
  }
}
