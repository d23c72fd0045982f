package org.xivebench.kvm.debugfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;

@Timeout(30)
class DebugfsTest {
  private final Debugfs debugfs = new Debugfs();

  @Test
  void read_liveFile_givesItsText() throws ErrnoException {
    DebugfsFile unusedFile = debugfs.create("kvm/1-1/xive", text -> text.append("VCPU state"));

    assertEquals("VCPU state", debugfs.open("kvm/1-1/xive").read());
    assertEquals(List.of("kvm/1-1/xive"), debugfs.paths());
  }

  @Test
  void read_openFileAfterRemoval_isEio() {
    DebugfsFile file = debugfs.create("a", text -> text.append("x"));
    file.remove();

    assertEquals(Errno.EIO, assertThrows(ErrnoException.class, file::read).errno());
    assertEquals(Errno.ENOENT, assertThrows(ErrnoException.class, () -> debugfs.open("a")).errno());
  }

  @Test
  void remove_readerInside_waitsForIt() throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicBoolean rendered = new AtomicBoolean();
    DebugfsFile file =
        debugfs.create(
            "a",
            text -> {
              inside.countDown();
              await(goOn);
              rendered.set(true);
            });
    Thread reader =
        new Thread("reader") {
          @Override
          public void run() {
            try {
              String unusedText = file.read();
            } catch (ErrnoException e) {
              throw new AssertionError(e);
            }
          }
        };
    reader.start();
    inside.await();
    AtomicBoolean renderedBeforeRemoval = new AtomicBoolean();
    Thread remover =
        new Thread("remover") {
          @Override
          public void run() {
            file.remove();
            renderedBeforeRemoval.set(rendered.get());
          }
        };
    remover.start();
    assertFalse(rendered.get());
    goOn.countDown();
    remover.join();
    reader.join();
    assertTrue(renderedBeforeRemoval.get());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
