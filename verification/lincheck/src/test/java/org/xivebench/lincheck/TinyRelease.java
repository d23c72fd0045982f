package org.xivebench.lincheck;

import java.util.Map;
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
  /** A path into the device. */
  enum Path {
    ENTRY {
      @Override
      void take(Vm vm) {
        boolean unusedEnded =
            vm.vcpus().get(0).run(cpu -> TinyDevice.pushAndPull(cpu.vcpu()), NoExits.INSTANCE);
      }
    },
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

  private final Path path;
  private final Vm vm;
  private final DeviceFile file;

  /** Makes a machine, of which a schedule can be run once. */
  TinyRelease(Path path, ReleaseProtocol protocol) {
    this.path = path;
    this.vm =
        new Vm(
            VmConfig.DEFAULT.withMemoryBytes(1 << 16).withProtocol(protocol),
            new Xive.Builder().vpCount(8).irqCount(8).build());
    try {
      vm.createVcpu(0);
      vm.createVcpu(1);
      this.file = vm.createDevice(TinyDevice.TYPE);
      for (Vcpu vcpu : vm.vcpus()) {
        file.connect(vcpu, TinyDevice.TYPE.connectCapability(), vcpu.id());
      }
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Releases the device beside the path, once. Throws what was found. */
  void run() {
    // Lincheck sees a join() of a Thread only, not of a variable of a subclass: it would wait for
    // ever.
    Taker taker = new Taker();
    Thread first = new Releaser();
    Thread second = taker;
    first.start();
    second.start();
    try {
      first.join();
      second.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (taker.failure != null) {
      throw taker.failure;
    }
    check();
  }

  /** Throws what is wrong at the end. */
  void check() {
    if (!file.isReleased() || vm.gate().isClosed()) {
      throw new IllegalStateException("not released, or the gate left closed");
    }
  }

  /** The same two, for a scheduler that has threads of its own. */
  Map<String, Runnable> actors() {
    return Map.of(
        "releaser",
        file::close,
        "path",
        () -> {
          try {
            path.take(vm);
          } catch (ErrnoException e) {
            // An answer of a device that has gone.
          }
        });
  }

  // Subclasses with a run() of their own: on JDK 25 Lincheck does not see into a Runnable's.

  private final class Releaser extends Thread {
    Releaser() {
      super("releaser");
    }

    @Override
    public void run() {
      file.close();
    }
  }

  private final class Taker extends Thread {
    private RuntimeException failure;

    Taker() {
      super("path");
    }

    @Override
    public void run() {
      try {
        path.take(vm);
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
