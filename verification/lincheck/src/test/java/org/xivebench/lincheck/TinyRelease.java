package org.xivebench.lincheck;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.ExitHandler;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.xive.Xive;

/** A VM whose tiny device is released by one thread while another takes a path into it. */
final class TinyRelease {
  private TinyRelease() {}

  /** A path into the device. */
  enum Path {
    ONE_REG {
      @Override
      void take(Vm vm) throws ErrnoException {
        var unusedValue = vm.vcpus().get(0).getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE);
      }
    },
    DEBUGFS {
      @Override
      void take(Vm vm) throws ErrnoException {
        String unusedText = vm.debugfs().open("tiny").read();
      }
    },
    /** On the second vCPU; reaches the presenter of the first, which is cleaned up before. */
    HYPERCALL {
      @Override
      void take(Vm vm) {
        boolean unusedEnded =
            vm.vcpus()
                .get(1)
                .run(
                    cpu -> {
                      long unusedCode = cpu.hcall(Hcall.H_IPI, 0, 4);
                    },
                    NoExits.INSTANCE);
      }
    },
    INJECTION {
      @Override
      void take(Vm vm) throws ErrnoException {
        int unusedStatus = vm.irqLine(1, 1);
      }
    };

    /** Takes it once; an errno is an answer. */
    abstract void take(Vm vm) throws ErrnoException;
  }

  /** One schedule. Throws what was found. */
  static void run(Path path, ReleaseProtocol protocol) {
    Vm vm =
        new Vm(
            VmConfig.DEFAULT.withMemoryBytes(1 << 16).withProtocol(protocol),
            new Xive.Builder().vpCount(8).irqCount(8).build());
    DeviceFile file;
    try {
      vm.createVcpu(0);
      vm.createVcpu(1);
      file = vm.createDevice(TinyDevice.TYPE);
      for (Vcpu vcpu : vm.vcpus()) {
        file.connect(vcpu, TinyDevice.TYPE.connectCapability(), vcpu.id());
      }
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    }
    List<Actor> actors = new ArrayList<>();
    actors.add(new Actor("releaser", file::close));
    actors.add(new Actor("path", () -> path.take(vm)));
    for (Actor actor : actors) {
      actor.start();
    }
    for (Actor actor : actors) {
      try {
        actor.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    for (Actor actor : actors) {
      if (actor.failure != null) {
        throw actor.failure;
      }
    }
    if (!file.isReleased() || vm.gate().isClosed()) {
      throw new IllegalStateException("not released, or the gate left closed");
    }
  }

  /** What an actor does. */
  @FunctionalInterface
  private interface Act {
    void run() throws ErrnoException;
  }

  /** A subclass with a run() of its own: on JDK 25 Lincheck does not see into a Runnable's. */
  private static final class Actor extends Thread {
    private final Act act;
    private RuntimeException failure;

    Actor(String name, Act act) {
      super(name);
      this.act = act;
    }

    @Override
    public void run() {
      try {
        act.run();
      } catch (ErrnoException e) {
        // An answer of a device that has gone.
      } catch (RuntimeException e) {
        failure = e;
      }
    }
  }

  private static final class NoExits implements ExitHandler {
    static final NoExits INSTANCE = new NoExits();

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
}
