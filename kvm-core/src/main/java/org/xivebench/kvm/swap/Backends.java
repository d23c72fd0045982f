package org.xivebench.kvm.swap;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;
import org.xivebench.kvm.device.DeviceType;

/**
 * The backends that there are: OSGi services of type {@link DeviceType}, coming and going with
 * their bundles.
 *
 * <p>A VM can be attended. When the backend of its controller goes, because its bundle is stopped,
 * updated or uninstalled, the VM is detached inside the service's unregistration, so that nothing
 * of the bundle is in use when it has stopped. It is attached again to the next backend that comes:
 * the same, a newer version of it, or another; or at once, if one of the same name is there
 * already, because the new version was started before the old one was stopped. A backend of another
 * name that was there all along is left for the VMM to choose ({@link Swapper#swapTo}).
 *
 * <p>The framework's locks are outside ours: services are looked up before any lock of ours is
 * taken. VMs are detached and attached by threads of their own. So a bundle that starts does not
 * wait; one that stops waits for a bounded time, whatever the thread that stops it holds, and a VM
 * that does not let go does not keep the others from it. Then the bundle stops although that VM
 * still uses it, the listener is told whom the VM waits for, and the detach is completed when that
 * ends.
 */
public final class Backends implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Backends.class.getName());
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final ServiceTracker<DeviceType, DeviceType> tracker;

  /** The types whose service is registered; changed before any VM is told. */
  private final Set<DeviceType> present = ConcurrentHashMap.newKeySet();

  private final List<Attended> attended = new CopyOnWriteArrayList<>();
  private final ExecutorService workers =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "backend-watcher");
            thread.setDaemon(true);
            return thread;
          });
  private volatile long patienceNanos = PATIENCE_NANOS;

  private record Attended(Swapper swapper, Consumer<SwapException> failures) {
    /** Runs a part of a swap, and tells of its failure. */
    void attempt(SwapPart part) {
      try {
        part.run();
      } catch (SwapException e) {
        tell(e);
      } catch (RuntimeException | Error e) {
        LOG.log(System.Logger.Level.ERROR, "a VM could not follow its backend", e);
      }
    }

    void tell(SwapException failure) {
      try {
        failures.accept(failure);
      } catch (RuntimeException e) {
        e.addSuppressed(failure);
        LOG.log(System.Logger.Level.ERROR, "a listener to failures failed itself", e);
      }
    }
  }

  @FunctionalInterface
  private interface SwapPart {
    void run() throws SwapException;
  }

  /** Begins to look for backends. */
  public Backends(BundleContext bundles) {
    tracker = new ServiceTracker<>(bundles, DeviceType.class, new Watcher(bundles));
    tracker.open();
  }

  /** Returns all backends, by name. */
  public List<DeviceType> all() {
    return tracker.getTracked().values().stream()
        .sorted(Comparator.comparing(DeviceType::name))
        .toList();
  }

  /** Returns the backend of that name. */
  public Optional<DeviceType> named(String name) {
    return all().stream().filter(type -> type.name().equals(name)).findFirst();
  }

  /**
   * Changes how long the stop of a bundle waits for the VMs that use it. Default: 60 s, longer than
   * a {@link Swapper} waits for one of its steps.
   */
  public void setPatienceNanos(long nanos) {
    patienceNanos = nanos;
  }

  /**
   * Attends to a VM from now on. If the backend of its controller has gone already, it is detached
   * before this returns.
   *
   * @param swapper of the VM
   * @param failures is told of a detach or attach that failed, or has not ended in time; called by
   *     the thread that stops the bundle, or by one of this object's
   * @return closes to leave the VM alone again
   */
  public Attendance attend(Swapper swapper, Consumer<SwapException> failures) {
    Attended vm = new Attended(swapper, failures);
    attended.add(vm);
    vm.attempt(() -> swapper.detachUnlessFrom(present));
    return () -> attended.remove(vm);
  }

  /** A VM is attended to until this is closed. */
  public interface Attendance extends AutoCloseable {
    @Override
    void close();
  }

  /** Stops looking. VMs that are attended to are left as they are. */
  @Override
  public void close() {
    attended.clear();
    tracker.close();
    workers.shutdown();
  }

  private final class Watcher implements ServiceTrackerCustomizer<DeviceType, DeviceType> {
    private final BundleContext bundles;

    Watcher(BundleContext bundles) {
      this.bundles = bundles;
    }

    @Override
    public DeviceType addingService(ServiceReference<DeviceType> reference) {
      DeviceType type = bundles.getService(reference);
      if (type != null) {
        present.add(type);
        for (Attended vm : attended) {
          workers.execute(() -> attach(vm, type));
        }
      }
      return type;
    }

    @Override
    public void modifiedService(ServiceReference<DeviceType> reference, DeviceType type) {}

    @Override
    public void removedService(ServiceReference<DeviceType> reference, DeviceType type) {
      present.remove(type);
      List<Detaching> detaching = new ArrayList<>();
      for (Attended vm : attended) {
        CompletableFuture<Void> end =
            CompletableFuture.runAsync(
                () -> vm.attempt(() -> vm.swapper().detachFrom(type)), workers);
        CompletableFuture<Void> unusedAttach =
            end.thenRunAsync(() -> attachToNamesake(vm, type.name()), workers);
        detaching.add(new Detaching(vm, end));
      }
      long deadline = System.nanoTime() + patienceNanos;
      for (Detaching each : detaching) {
        if (!each.endedBy(deadline)) {
          each.vm().tell(each.vm().swapper().stillWaits());
        }
      }
      bundles.ungetService(reference);
    }

    private void attach(Attended vm, DeviceType type) {
      vm.attempt(() -> vm.swapper().attachIfDetached(type, present));
    }

    /** A newer version of a backend may have been there when the old one went. */
    private void attachToNamesake(Attended vm, String name) {
      present.stream()
          .filter(type -> type.name().equals(name))
          .findFirst()
          .ifPresent(type -> attach(vm, type));
    }
  }

  /** A VM that is being detached. */
  private record Detaching(Attended vm, CompletableFuture<Void> end) {
    boolean endedBy(long deadline) {
      boolean interrupted = false;
      try {
        while (true) {
          try {
            end.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            return true;
          } catch (TimeoutException e) {
            return false;
          } catch (ExecutionException e) {
            throw new AssertionError("attempt() lets nothing through", e);
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
