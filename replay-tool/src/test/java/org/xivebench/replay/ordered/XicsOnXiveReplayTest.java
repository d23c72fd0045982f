package org.xivebench.replay.ordered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.xivebench.replay.ordered.KnownDifference.EVENT_AGAIN;
import static org.xivebench.replay.ordered.KnownDifference.EVENT_STAYS_QUEUED;
import static org.xivebench.replay.ordered.KnownDifference.LINE_IS_AN_EDGE;
import static org.xivebench.replay.ordered.KnownDifference.ONE_EVENT_PER_SOURCE;
import static org.xivebench.replay.ordered.KnownDifference.ORDER_OF_ARRIVAL;
import static org.xivebench.replay.ordered.KnownDifference.SPURIOUS_INTERRUPT;
import static org.xivebench.replay.ordered.TraceScript.BACKENDS;
import static org.xivebench.replay.ordered.TraceScript.LSI;
import static org.xivebench.replay.ordered.TraceScript.MSI;
import static org.xivebench.replay.ordered.TraceScript.OTHER_MSI;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.xive.Quirks;

/**
 * What a guest of an emulated XICS did, done on KVM's XICS-on-XIVE: a difference between the two is
 * known, and what comes after it is as recorded. The recording is what the emulated controller
 * makes of each script; the differences are those of the specification's sections 8.7 and 12.1.
 */
class XicsOnXiveReplayTest {
  private static final int IPI = 2;
  private static final int IPI_PRIORITY = 4;
  private static final int PRIORITY = 5;
  private static final int ALL = 0xff;

  @TempDir private Path folder;
  private final TraceScript script = new TraceScript(TraceMode.XICS);

  @BeforeEach
  void setUp() {
    for (TraceKind kind : TraceKind.all()) {
      script.notObserved(kind);
    }
    route(MSI, 0);
    route(OTHER_MSI, 0);
    route(LSI, 0);
    call(0, Hcall.H_CPPR, ALL);
    call(1, Hcall.H_CPPR, ALL);
  }

  private void call(int cpu, int opcode, long... arguments) {
    long[] values = new long[1 + arguments.length];
    values[0] = opcode;
    System.arraycopy(arguments, 0, values, 1, arguments.length);
    script.add(cpu, TraceKind.HCALL, values);
  }

  private void route(int source, int server) {
    script.add(0, TraceKind.SOURCE_CONFIG, source, server, PRIORITY);
  }

  private void send(int source) {
    line(source, 1);
    line(source, 0);
  }

  private void line(int source, int level) {
    script.add(-1, TraceKind.SET_LINE, source, level);
  }

  /** A handler begins: H_XIRR. What it gives is what the emulated controller will give. */
  private void take(int cpu) {
    call(cpu, Hcall.H_XIRR);
  }

  private void end(int cpu, int interrupt) {
    call(cpu, Hcall.H_EOI, 0xff00_0000L | interrupt);
  }

  private void handle(int cpu, int interrupt) {
    take(cpu);
    end(cpu, interrupt);
  }

  private void beginIpi(int cpu) {
    call(1 - cpu, Hcall.H_IPI, cpu, IPI_PRIORITY);
    take(cpu);
    call(cpu, Hcall.H_IPI, cpu, ALL);
  }

  private void handleIpi(int cpu) {
    beginIpi(cpu);
    end(cpu, IPI);
  }

  /** Replays the script on the emulated controller, and on KVM's what that recorded. */
  private OrderedResult replayOnKvm() throws IOException, ReplayException {
    Path written = folder.resolve("script.jfr");
    Path recorded = folder.resolve("recorded.jfr");
    script.write(written);
    OrderedResult emulated = record(written, Irqchip.EMULATED, recorded);
    assertEquals(0, emulated.divergenceCount(), emulated.toString());

    Path onKvm = folder.resolve("on-kvm.jfr");
    OrderedResult result = record(recorded, Irqchip.IN_KERNEL, onKvm);

    assertEquals(0, result.divergenceCount(), result.divergences().toString());
    OrderedResult again = record(onKvm, Irqchip.IN_KERNEL, folder.resolve("again.jfr"));
    assertEquals(0, again.divergenceCount(), again.divergences().toString());
    assertEquals(Map.of(), again.differences(), "what was done on KVM is done again on KVM");
    return result;
  }

  private static OrderedResult record(Path trace, Irqchip irqchip, Path to)
      throws IOException, ReplayException {
    OrderedReplay replay =
        new OrderedReplay(
            () -> TraceEvents.of(TraceReader.open(trace)),
            new OrderedOptions(irqchip, Quirks.NONE, BACKENDS, true, 1),
            new Cancellation(),
            Progress.NONE);
    replay.recordTo(Files.newOutputStream(to));
    return replay.run();
  }

  @Test
  void sameOnBoth_hasNoDifference() throws Exception {
    send(MSI);
    handle(0, MSI);
    handleIpi(1);
    send(OTHER_MSI);
    handle(0, OTHER_MSI);

    assertEquals(Map.of(), replayOnKvm().differences());
  }

  @Test
  void levelOfMfrrPushedTwice_givesNothingOnce() throws Exception {
    send(MSI);
    take(0);
    call(1, Hcall.H_IPI, 0, IPI_PRIORITY);
    end(0, MSI); // pushes level 4, and the IPI's own wake-up is there at level 0
    take(0);
    call(0, Hcall.H_IPI, 0, ALL);
    end(0, IPI);
    send(MSI);
    handle(0, MSI);
    send(OTHER_MSI);
    handle(0, OTHER_MSI);

    assertEquals(Map.of(SPURIOUS_INTERRUPT, 1L), replayOnKvm().differences());
  }

  @Test
  void ipiAskedForTwice_wakesUpForNothingOnce() throws Exception {
    call(1, Hcall.H_IPI, 0, IPI_PRIORITY);
    call(1, Hcall.H_IPI, 0, IPI_PRIORITY);
    take(0);
    call(0, Hcall.H_IPI, 0, ALL);
    end(0, IPI);
    send(MSI);
    handle(0, MSI);

    assertEquals(Map.of(SPURIOUS_INTERRUPT, 1L), replayOnKvm().differences());
  }

  @Test
  void sourcesKeptBack_comeAsTheyArrived() throws Exception {
    beginIpi(0);
    send(OTHER_MSI);
    send(MSI);
    end(0, IPI);
    handle(0, MSI); // the emulated controller goes by their numbers
    handle(0, OTHER_MSI);
    send(MSI);
    handle(0, MSI);

    assertEquals(Map.of(ORDER_OF_ARRIVAL, 2L), replayOnKvm().differences());
  }

  @Test
  void secondEventKeptBack_isSentAfterTheFirst() throws Exception {
    beginIpi(0);
    send(MSI);
    send(MSI);
    end(0, IPI);
    handle(0, MSI);
    send(OTHER_MSI);
    handle(0, OTHER_MSI);
    send(MSI);
    handle(0, MSI);

    assertEquals(Map.of(EVENT_AGAIN, 1L), replayOnKvm().differences());
  }

  @Test
  void lineThatRisesInService_isSentTwice() throws Exception {
    line(LSI, 1);
    take(0);
    line(LSI, 0);
    line(LSI, 1);
    end(0, LSI);
    take(0);
    line(LSI, 0);
    end(0, LSI);
    send(MSI);
    handle(0, MSI);

    assertEquals(Map.of(LINE_IS_AN_EDGE, 1L), replayOnKvm().differences());
  }

  @Test
  void eventOfAMovedSource_isTakenWhereItIs() throws Exception {
    beginIpi(0);
    send(MSI);
    route(MSI, 1);
    end(0, IPI);
    handle(1, MSI);
    send(MSI);
    handle(1, MSI);

    assertEquals(Map.of(EVENT_STAYS_QUEUED, 1L), replayOnKvm().differences());
  }

  @Test
  void eventOfAMovedSourceAtABusyVcpu_isTakenLater() throws Exception {
    beginIpi(0);
    send(MSI);
    route(MSI, 1);
    handleIpi(1); // its end has the emulated controller present again
    handle(1, MSI);
    end(0, IPI);
    send(OTHER_MSI);
    handle(0, OTHER_MSI);
    send(MSI);
    handle(1, MSI);

    assertEquals(Map.of(EVENT_STAYS_QUEUED, 2L), replayOnKvm().differences());
  }

  @Test
  void eventOfAMaskedSource_isGivenAllTheSame() throws Exception {
    beginIpi(0);
    send(MSI);
    script.add(0, TraceKind.SOURCE_CONFIG, MSI, 0, ALL);
    end(0, IPI);
    send(OTHER_MSI);
    handle(0, OTHER_MSI);
    route(MSI, 0);
    send(MSI);
    handle(0, MSI);

    assertEquals(Map.of(EVENT_STAYS_QUEUED, 1L), replayOnKvm().differences());
  }

  @Test
  void eventInService_waitsForItsEnd() throws Exception {
    send(MSI);
    take(0);
    route(MSI, 1);
    send(MSI);
    handle(1, MSI);
    end(0, MSI);
    route(OTHER_MSI, 1);
    send(OTHER_MSI);
    handle(1, OTHER_MSI);

    assertEquals(Map.of(ONE_EVENT_PER_SOURCE, 1L, EVENT_AGAIN, 1L), replayOnKvm().differences());
  }
}
