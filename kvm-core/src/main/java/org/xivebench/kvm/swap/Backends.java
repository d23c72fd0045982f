package org.xivebench.kvm.swap;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
 * <p>A VM can be attended: when the backend of its controller goes, because its bundle is stopped,
 * updated or uninstalled, the VM is detached inside the service's unregistration, so that nothing
 * of the bundle is in use when it stops; when a backend of the same name is back, it is attached
 * again, by a thread of its own, because a bundle that starts must not wait.
 *
 * <p>The framework's locks are outside ours: services are looked up before any lock of ours is
 * taken.
 */
public final class Backends implements AutoCloseable {
  private final ServiceTracker<DeviceType, DeviceType> tracker;
  private final List<Attended> attended = new CopyOnWriteArrayList<>();
  private final ExecutorService attacher =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "backend-attach");
            thread.setDaemon(true);
            return thread;
          });

  private record Attended(Swapper swapper, Consumer<SwapException> failures) {}

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
   * Attends to a VM from now on.
   *
   * @param swapper of the VM
   * @param failures is told of a detach or attach that failed; called by the thread that stops the
   *     bundle, or by the one that attaches
   * @return closes to leave the VM alone again
   */
  public Attendance attend(Swapper swapper, Consumer<SwapException> failures) {
    Attended vm = new Attended(swapper, failures);
    attended.add(vm);
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
    attacher.shutdown();
  }

  private final class Watcher implements ServiceTrackerCustomizer<DeviceType, DeviceType> {
    private final BundleContext bundles;

    Watcher(BundleContext bundles) {
      this.bundles = bundles;
    }

    @Override
    public DeviceType addingService(ServiceReference<DeviceType> reference) {
      DeviceType type = bundles.getService(reference);
      if (type != null && !attended.isEmpty()) {
        attacher.execute(() -> attachTo(type));
      }
      return type;
    }

    @Override
    public void modifiedService(ServiceReference<DeviceType> reference, DeviceType type) {}

    @Override
    public void removedService(ServiceReference<DeviceType> reference, DeviceType type) {
      for (Attended vm : attended) {
        try {
          vm.swapper().detachFrom(type);
        } catch (SwapException e) {
          vm.failures().accept(e);
        }
      }
      bundles.ungetService(reference);
    }

    private void attachTo(DeviceType type) {
      for (Attended vm : attended) {
        try {
          vm.swapper().attachIfDetachedFrom(type);
        } catch (SwapException e) {
          vm.failures().accept(e);
        }
      }
    }
  }
}
