package org.xivebench.replay.explore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.ExitHandler;
import org.xivebench.kvm.GuestProgram;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.Xive;

/**
 * The release of a device beside one of the paths that use it: a VM with two vCPUs connected to a
 * real backend, a releaser that closes the descriptor, and other actors. Fresh for each schedule.
 *
 * <p>Paths are numbered as in docs/release.md.
 */
public final class ReleaseScenario implements Scenario {
  /** An external source that each machine has. */
  private static final int SOURCE = 0x1000;

  private final String name;
  private final String description;
  private final DeviceType type;
  private final VmConfig config;
  private final BiConsumer<Machine, Map<String, Runnable>> cast;

  private ReleaseScenario(
      String name,
      String description,
      DeviceType type,
      VmConfig config,
      BiConsumer<Machine, Map<String, Runnable>> cast) {
    this.name = name;
    this.description = description;
    this.type = type;
    this.config = config;
    this.cast = cast;
  }

  /** Returns all scenarios that make sense for a backend. */
  public static List<Scenario> all(DeviceType type, VmConfig config) {
    List<Scenario> all = new ArrayList<>();
    all.add(
        new ReleaseScenario(
            "entry",
            "a vCPU enters and leaves the guest (P1, P2)",
            type,
            config,
            (machine, actors) ->
                actors.put(
                    "vcpu0",
                    machine.runs(
                        machine.first,
                        cpu -> {
                          cpu.compute();
                          cpu.compute();
                        }))));
    all.add(
        new ReleaseScenario(
            "one-reg",
            "a one_reg call reads a vCPU's interrupt state (P5)",
            type,
            config,
            (machine, actors) -> actors.put("one-reg", machine::readRegister)));
    all.add(
        new ReleaseScenario(
            "debugfs",
            "somebody reads the debugfs file (P13)",
            type,
            config,
            (machine, actors) -> actors.put("reader", machine::readDebugfs)));
    all.add(
        new ReleaseScenario(
            "injection",
            "a device injects an interrupt, without any lock (P16)",
            type,
            config,
            (machine, actors) -> actors.put("injector", machine::inject)));
    all.add(
        new ReleaseScenario(
            "re-create",
            "the VMM makes the next device at once (P11)",
            type,
            config,
            (machine, actors) -> actors.put("creator", machine::createNext)));
    all.add(
        new ReleaseScenario(
            "cede",
            "a vCPU sleeps in H_CEDE (P17)",
            type,
            config,
            (machine, actors) -> {
              actors.put(
                  "releaser",
                  () -> {
                    machine.file.close();
                    machine.first.prod(); // or a vCPU that cedes after the release sleeps on
                  });
              actors.put(
                  "vcpu0",
                  machine.runs(
                      machine.first,
                      cpu -> {
                        long unusedCode = cpu.hcall(Hcall.H_CEDE);
                        cpu.compute();
                      }));
            }));
    all.add(
        new ReleaseScenario(
            "close-in-run",
            "a vCPU thread drops the last reference with its mutex held",
            type,
            config,
            (machine, actors) -> {
              actors.remove("releaser");
              actors.put(
                  "vcpu0",
                  () -> {
                    machine.first.lockMutex();
                    try {
                      machine.file.close();
                    } finally {
                      machine.first.unlockMutex();
                    }
                  });
              actors.put("one-reg", machine::readRegister);
            }));
    if (type.irqType() == IrqType.XICS) {
      all.add(
          new ReleaseScenario(
              "hypercall",
              "a vCPU sends an IPI to another one and takes its own (P3, P4)",
              type,
              config,
              (machine, actors) ->
                  actors.put(
                      "vcpu1",
                      machine.runs(
                          machine.second,
                          cpu -> {
                            long unusedSent = cpu.hcall(Hcall.H_IPI, machine.first.id(), 4);
                            long unusedTaken = cpu.hcall(Hcall.H_XIRR);
                          }))));
    }
    return all;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Run prepare() {
    Lifetime.resetReports();
    Machine machine = new Machine(type, config);
    Map<String, Runnable> actors = Scenario.newActors();
    actors.put("releaser", machine.file::close);
    cast.accept(machine, actors);
    return new Run() {
      @Override
      public Map<String, Runnable> actors() {
        return actors;
      }

      @Override
      public void check() {
        machine.check();
      }
    };
  }

  /**
   * Serves no exits: what the guest asks for after its controller has gone fails as on a machine
   * without one.
   */
  private static final class NoController implements ExitHandler {
    @Override
    public long hypercall(Vcpu vcpu, int opcode) {
      return Hcall.H_HARDWARE;
    }

    @Override
    public long rtas(Vcpu vcpu, int token, int[] arguments, int[] returns) {
      return Hcall.H_PARAMETER;
    }

    @Override
    public long mmioLoad(Vcpu vcpu, MmioSpace space, int page, int offset, int size) {
      return -1;
    }

    @Override
    public void mmioStore(Vcpu vcpu, MmioSpace space, int page, int offset, int size, long value) {}
  }

  /** What the actors share. */
  private static final class Machine {
    private final DeviceType type;
    private final Xive host;
    private final Vm vm;
    private final Vcpu first;
    private final Vcpu second;
    private final DeviceFile file;
    private DeviceFile next;

    Machine(DeviceType type, VmConfig config) {
      this.type = type;
      host = new Xive.Builder().singleEscalation(true).build();
      vm = new Vm(config, host);
      try {
        first = vm.createVcpu(0);
        second = vm.createVcpu(1);
        file = connectNew();
      } catch (ErrnoException e) {
        throw new IllegalStateException("the machine cannot be made: " + e.getMessage(), e);
      }
    }

    private DeviceFile connectNew() throws ErrnoException {
      DeviceFile made = vm.createDevice(type);
      for (Vcpu vcpu : vm.vcpus()) {
        made.connect(vcpu, type.connectCapability(), vcpu.id());
      }
      made.setAttr(sourceGroup(), SOURCE, UserBuffer.ofLong(sourceWord()));
      return made;
    }

    /** KVM_DEV_XICS_GRP_SOURCES is 1, KVM_DEV_XIVE_GRP_SOURCE is 2. */
    private int sourceGroup() {
      return type.irqType() == IrqType.XICS ? 1 : 2;
    }

    /** Server 1, priority 5, as a XICS source word; an MSI, as a XIVE source. */
    private long sourceWord() {
      return type.irqType() == IrqType.XICS ? 5L << 32 | 1 : 0;
    }

    Runnable runs(Vcpu vcpu, GuestProgram program) {
      return () -> {
        boolean unusedEnded = vcpu.run(program, new NoController());
      };
    }

    void readRegister() {
      try {
        var unusedValue =
            first.getOneReg(
                type.irqType() == IrqType.XICS
                    ? KvmUapi.KVM_REG_PPC_ICP_STATE
                    : KvmUapi.KVM_REG_PPC_VP_STATE);
      } catch (ErrnoException e) {
        expect(e, Errno.ENXIO);
      }
    }

    void readDebugfs() {
      for (String path : vm.debugfs().paths()) {
        try {
          String unusedText = vm.debugfs().open(path).read();
        } catch (ErrnoException e) {
          expect(e, Errno.ENOENT, Errno.EIO);
        }
      }
    }

    void inject() {
      try {
        int unusedStatus = vm.irqLine(SOURCE, 1);
      } catch (ErrnoException e) {
        expect(e, Errno.ENXIO);
      }
    }

    void createNext() {
      try {
        next = connectNew();
      } catch (ErrnoException e) {
        expect(e, Errno.EEXIST);
      }
    }

    private static void expect(ErrnoException e, Errno... allowed) {
      if (!List.of(allowed).contains(e.errno())) {
        throw new AssertionError("not an answer for a device that goes: " + e.getMessage(), e);
      }
    }

    /**
     * What must hold at the end: the device is gone, nothing of it is left, and another can be
     * made.
     */
    void check() {
      for (UseAfterFree report : Lifetime.reports()) {
        throw report;
      }
      if (!file.isReleased()) {
        throw new AssertionError("the device was not released");
      }
      if (vm.gate().isClosed()) {
        throw new AssertionError("the gate was left closed");
      }
      if (next != null) {
        next.close();
      }
      for (Vcpu vcpu : vm.vcpus()) {
        if (vcpu.irqType() != IrqType.DEFAULT || vcpu.presenter() != null || vcpu.isPushed()) {
          throw new AssertionError(vcpu + " is still connected");
        }
      }
      if (host.opal().allocatedIrqCount() != 0 || host.opal().allocatedVpBlockCount() != 0) {
        throw new AssertionError(
            host.opal().allocatedIrqCount()
                + " interrupts and "
                + host.opal().allocatedVpBlockCount()
                + " VP blocks were leaked");
      }
      try {
        connectNew().close();
      } catch (ErrnoException e) {
        throw new AssertionError("the next device cannot be made: " + e.getMessage(), e);
      }
    }
  }
}
