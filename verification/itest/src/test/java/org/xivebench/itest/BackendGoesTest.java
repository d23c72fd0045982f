package org.xivebench.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.wiring.BundleWiring;
import org.xivebench.itest.third.BrokenBackend;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.replay.engine.LiveConfig;
import org.xivebench.replay.engine.LiveMachine;
import org.xivebench.replay.engine.Traffic;
import org.xivebench.sync.Lifetime;

/**
 * The bundle of a backend goes away while its device is live and vCPUs run: the VM is detached
 * inside the bundle's stop, attached again when a backend comes, and nothing is lost.
 */
@Timeout(120)
class BackendGoesTest {
  private static final String NATIVE_BUNDLE = "org.xivebench.xivenative";
  private static final String XICS_BUNDLE = "org.xivebench.xics";
  private static final String NATIVE = "xive-native";
  private static final String XICS = "xics-on-xive";

  @TempDir private Path scratch;

  private BackendFramework framework;
  private Backends backends;
  private LiveMachine live;
  private Traffic traffic;
  private final BlockingQueue<SwapException> failures = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() throws Exception {
    Lifetime.resetReports();
    framework = BackendFramework.start(scratch.resolve("felix"));
    backends = new Backends(framework.context());
  }

  @AfterEach
  void stop() throws Exception {
    backends.close();
    framework.stop();
  }

  private void run(String backend) throws Exception {
    live = LiveMachine.start(LiveConfig.of(2, VmConfig.DEFAULT), backends.named(backend).get());
    Backends.Attendance unusedForGood = backends.attend(live.swapper(), failures::add);
    traffic = Traffic.start(live, 50);
  }

  private void checkNothingIsLost() throws Exception {
    traffic.end();
    LiveMachine.Result result = live.end();
    assertEquals(List.of(), result.law().broken());
    assertEquals(List.of(), result.problems());
    assertEquals(List.of(), result.stuck());
    assertEquals(List.of(), Lifetime.reports());
    assertTrue(result.law().delivered() > 0);
  }

  private void assertDetached() {
    assertTrue(live.vm().isDetached());
    assertNull(live.machine().file());
    assertNull(live.vm().irqchip());
    assertTrue(live.swapper().kept().isPresent());
    assertFalse(live.vm().gate().isClosed());
  }

  private void awaitAttached() {
    await(() -> !live.vm().isDetached() && live.machine().file() != null);
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, "it did not come to that");
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void awaitTraffic() {
    long before = live.law().delivered();
    await(() -> live.law().delivered() > before + 50);
  }

  private String backendOfTheVm() {
    return live.machine().file().device().deviceType().name();
  }

  @ParameterizedTest
  @CsvSource({NATIVE + "," + NATIVE_BUNDLE, XICS + "," + XICS_BUNDLE})
  void stop_thenStart_detachesInsideTheStopAndAttachesAgain(String backend, String bundleName)
      throws Exception {
    run(backend);
    awaitTraffic();

    Bundle bundle = framework.bundle(bundleName);
    bundle.stop();

    assertDetached();
    await(() -> !live.vm().injection().held().isEmpty());

    bundle.start();
    awaitAttached();
    assertEquals(backend, backendOfTheVm());
    awaitTraffic();
    checkNothingIsLost();
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  void update_toANewerVersion_attachesToIt() throws Exception {
    run(NATIVE);
    awaitTraffic();
    DeviceType old = backends.named(NATIVE).get();

    Bundle bundle = framework.bundle(NATIVE_BUNDLE);
    BackendFramework.update(
        bundle, TestBundle.withVersion(BackendFramework.jar("xive-native-"), scratch, "9.9.9"));

    assertEquals("9.9.9", bundle.getVersion().toString());
    awaitAttached();
    assertEquals(NATIVE, backendOfTheVm());
    assertFalse(live.machine().file().device().deviceType().getClass() == old.getClass());
    awaitTraffic();
    checkNothingIsLost();
  }

  @Test
  void newVersion_installedBesideTheOld_takesOverWhenTheOldIsUninstalled() throws Exception {
    run(XICS);
    Bundle old = framework.bundle(XICS_BUNDLE);
    Bundle newer =
        framework.install(
            TestBundle.withVersion(BackendFramework.jar("xics-on-xive-"), scratch, "9.9.9"));
    newer.start();
    awaitTraffic();

    old.uninstall();

    awaitAttached();
    assertSame(
        newer, FrameworkUtil.getBundle(live.machine().file().device().deviceType().getClass()));
    awaitTraffic();
    checkNothingIsLost();
  }

  @Test
  void uninstall_thenTheOtherComes_attachesToTheOther() throws Exception {
    run(NATIVE);
    awaitTraffic();
    Bundle xics = framework.bundle(XICS_BUNDLE);
    xics.stop();
    assertFalse(live.vm().isDetached());

    framework.bundle(NATIVE_BUNDLE).uninstall();
    assertDetached();

    xics.start();
    awaitAttached();
    assertEquals(XICS, backendOfTheVm());
    awaitTraffic();
    checkNothingIsLost();
  }

  @Test
  void swapTo_theOtherThatWasThereAllAlong_attachesByTheVmmsWish() throws Exception {
    run(NATIVE);
    DeviceType old = backends.named(NATIVE).get();
    framework.bundle(NATIVE_BUNDLE).stop();
    assertDetached();

    SwapException refused = assertThrows(SwapException.class, () -> live.swapper().swapTo(old));
    assertEquals(SwapException.Condition.DETACHED, refused.condition());
    assertTrue(refused.getMessage().contains("backend xive-native has gone"), refused.getMessage());

    live.swapped(live.swapper().swapTo(backends.named(XICS).get()));
    assertEquals(XICS, backendOfTheVm());
    awaitTraffic();
    checkNothingIsLost();
  }

  @Test
  void stop_whileSomebodyHoldsTheDevice_isBoundedAndSaysForWhom() throws Exception {
    run(NATIVE);
    awaitTraffic();
    backends.setPatienceNanos(TimeUnit.MILLISECONDS.toNanos(300));
    DeviceFile file = live.machine().file();
    DeviceMapping mapping = file.mmap(0, 4);

    Bundle bundle = framework.bundle(NATIVE_BUNDLE);
    bundle.stop();

    SwapException failure = failures.take();
    assertEquals(SwapException.Condition.UNDER_WAY, failure.condition());
    assertTrue(
        failure.getMessage().contains("release waits for a reference to the device"),
        failure.getMessage());
    assertFalse(file.isReleased());

    mapping.close();
    await(file::isReleased);
    await(() -> live.vm().isDetached() && !live.vm().gate().isClosed());
    bundle.start();
    awaitAttached();
    awaitTraffic();
    checkNothingIsLost();
  }

  @Test
  void stop_byAThreadThatHoldsTheVmsLock_isBounded() throws Exception {
    run(XICS);
    awaitTraffic();
    backends.setPatienceNanos(TimeUnit.MILLISECONDS.toNanos(300));
    Bundle bundle = framework.bundle(XICS_BUNDLE);

    live.vm().swapLock.lock();
    try {
      bundle.stop();
    } finally {
      live.vm().swapLock.unlock();
    }

    String message = failures.take().getMessage();
    assertTrue(
        message.contains("waits for swap->lock, held by " + Thread.currentThread().getName()),
        message);
    await(live.vm()::isDetached);
    bundle.start();
    awaitAttached();
    checkNothingIsLost();
  }

  @ParameterizedTest
  @CsvSource({
    "create, create and restore failed: create is broken; the VM is detached",
    "connectVcpu, create and restore failed: connectVcpu is broken; the VM is detached",
    "restore, create and restore failed: restore is broken; the VM is detached",
    "capture, capture failed: capture is broken; the old controller is still in place",
    "cleanUpVcpu, release failed: cleanUpVcpu is broken; the VM is detached",
    "freeSources, release failed: freeSources is broken; the VM is detached",
  })
  void backend_thatThrows_leavesAStatedConditionAndTheNextSwapWorks(String breaking, String message)
      throws Exception {
    Bundle bundle =
        framework.install(
            TestBundle.pack(
                scratch,
                "org.example.broken",
                BrokenBackend.class,
                "org.osgi.framework,org.xivebench.kvm,org.xivebench.kvm.device"));
    bundle.start();
    run(NATIVE);
    awaitTraffic();
    traffic.end();
    await(live::isIdle);
    boolean goingIn = message.startsWith("create");
    System.setProperty(BrokenBackend.BREAKING, goingIn ? breaking : "nothing");
    try {
      if (!goingIn) {
        live.swapped(live.swapper().swapTo(backends.named(BrokenBackend.NAME).get()));
        System.setProperty(BrokenBackend.BREAKING, breaking);
      }
      String to = goingIn ? BrokenBackend.NAME : NATIVE;
      SwapException failure =
          assertThrows(SwapException.class, () -> live.swapper().swapTo(backends.named(to).get()));
      assertTrue(failure.getMessage().startsWith(message), failure.getMessage());
    } finally {
      System.clearProperty(BrokenBackend.BREAKING);
    }
    assertFalse(live.vm().gate().isClosed());
    live.swapped(live.swapper().swapTo(backends.named(NATIVE).get()));
    traffic = Traffic.start(live, 50);
    awaitTraffic();
    checkNothingIsLost();
  }

  @Test
  void update_20Times_leavesNoClassLoaderOfAnOldVersion() throws Exception {
    updateOften(20);
  }

  @Test
  @Tag("long")
  @Timeout(600)
  void update_500Times_leavesNoClassLoaderOfAnOldVersion() throws Exception {
    updateOften(500);
  }

  private void updateOften(int times) throws Exception {
    run(NATIVE);
    List<Bundle> bundles = List.of(framework.bundle(NATIVE_BUNDLE), framework.bundle(XICS_BUNDLE));
    List<Path> jars =
        List.of(BackendFramework.jar("xive-native-"), BackendFramework.jar("xics-on-xive-"));
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      int which = i % 2; // the VM moves on to the one that comes
      bundles.get(1 - which).stop();
      loaders.add(
          new WeakReference<>(bundles.get(which).adapt(BundleWiring.class).getClassLoader()));
      BackendFramework.update(bundles.get(which), jars.get(which));
      bundles.get(1 - which).start();
      awaitAttached();
    }
    awaitTraffic();
    checkNothingIsLost();
    assertTrue(failures.isEmpty(), failures::toString);
    for (int gc = 0; gc < 50 && loaders.stream().anyMatch(each -> each.get() != null); gc++) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertEquals(
        0, loaders.stream().filter(each -> each.get() != null).count(), "class loaders are left");
  }
}
