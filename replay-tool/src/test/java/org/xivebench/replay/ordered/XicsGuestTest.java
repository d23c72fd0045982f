package org.xivebench.replay.ordered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;

/** A wrong answer in the place of a known difference is none: here the device is what we want. */
class XicsGuestTest {
  private static final int FIRST = 0x1300;
  private static final int SECOND = 0x1301;
  private static final int LSI = 0x1200;
  private static final int IPI = 2;

  private final Tally tally = new Tally();
  private final Device device = new Device();
  private final XicsGuest guest =
      new XicsGuest(
          TraceHeader.of(
              TraceMode.XICS,
              "test",
              List.of(0, 8),
              List.of(
                  new TraceHeader.Source(LSI, true),
                  new TraceHeader.Source(FIRST, false),
                  new TraceHeader.Source(SECOND, false))),
          tally,
          device);

  /** Answers further H_XIRRs as it is told. */
  private static final class Device implements GuestCalls {
    private final Deque<Long> answers = new ArrayDeque<>();
    private final List<String> calls = new ArrayList<>();
    private boolean interrupt;

    @Override
    public long hcall(int cpu, int opcode, long argument) {
      calls.add(cpu + " 0x" + Integer.toHexString(opcode) + " 0x" + Long.toHexString(argument));
      return opcode == Hcall.H_EOI ? 0 : answers.removeFirst();
    }

    @Override
    public boolean interrupt(int cpu) {
      return interrupt;
    }
  }

  private TraceEvent operation(int cpu, TraceKind kind, long... values) {
    TraceEvent event = new TraceEvent().begin(kind, 0, cpu, 0);
    for (int i = 0; i < values.length; i++) {
      event.set(kind.fields().get(i), values[i]);
    }
    return event;
  }

  private boolean does(int cpu, TraceKind kind, long... values) {
    return guest.before(operation(cpu, kind, values));
  }

  private void route(int source, int server) {
    assertTrue(does(0, TraceKind.SOURCE_CONFIG, source, server, 5));
  }

  /** The source sends, and the recorded presenter has it or gives it back. */
  private void send(int source, TraceKind effect) {
    TraceEvent rise = operation(-1, TraceKind.SET_LINE, source, 1);
    assertTrue(guest.before(rise));
    long value = effect == TraceKind.ICP_RAISE ? xirr(source) : source;
    guest.see(operation(-1, TraceKind.ICP_PRESENT, 0, source, 5), rise);
    guest.see(operation(-1, effect, value), rise);
    assertTrue(does(-1, TraceKind.SET_LINE, source, 0));
  }

  private static long xirr(int source) {
    return 0xff00_0000L | source;
  }

  private boolean take(int recorded, int given) throws IOException {
    return guest.take(0, xirr(recorded), xirr(given));
  }

  private void assertFault(boolean explained) {
    assertFalse(explained);
    assertEquals(Map.of(), tally.byDifference());
  }

  @Test
  void lostEvent_isNoDifference() throws Exception {
    route(FIRST, 0);
    send(FIRST, TraceKind.ICP_RAISE);

    assertFault(take(FIRST, 0));
  }

  @Test
  void lostEventWithALevelPushedTwice_isNoDifference() throws Exception {
    route(FIRST, 0);
    does(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);
    does(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);
    send(FIRST, TraceKind.ICP_RAISE);

    assertFault(take(FIRST, 0)); // the external interrupt is down
  }

  @Test
  void interruptThatStaysUpForNothing_isNoDifference() throws Exception {
    route(FIRST, 0);
    send(FIRST, TraceKind.ICP_RAISE);
    device.interrupt = true;

    assertFault(take(FIRST, 0)); // no level was pushed twice
  }

  @Test
  void levelPushedTwice_isHollowOnce() throws Exception {
    route(FIRST, 0);
    does(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);
    does(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);
    send(FIRST, TraceKind.ICP_RAISE);
    device.interrupt = true;
    device.answers.add(xirr(0));

    assertFalse(take(FIRST, 0));
    assertEquals(Map.of(KnownDifference.SPURIOUS_INTERRUPT, 1L), tally.byDifference());
  }

  @Test
  void lostIpi_isNoDifference() throws Exception {
    does(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);
    does(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);
    device.interrupt = true;

    assertFault(take(IPI, 0));
  }

  @Test
  void inventedEvent_isNoDifference() throws Exception {
    route(FIRST, 0);
    route(SECOND, 0);
    send(FIRST, TraceKind.ICP_RAISE);

    assertFault(take(FIRST, SECOND));
  }

  @Test
  void lineThatStaysUpForAGuestThatHasNothing_endsAsADivergence() throws Exception {
    route(LSI, 0);
    assertTrue(does(-1, TraceKind.SET_LINE, LSI, 1));
    for (int i = 0; i < 10; i++) {
      device.answers.add(xirr(LSI));
    }

    assertFalse(take(0, LSI));
    assertEquals(8, device.answers.size(), device.calls::toString);
  }

  @Test
  void eventOfAnotherVcpu_isNoDifference() throws Exception {
    route(FIRST, 0);
    route(SECOND, 8);
    send(SECOND, TraceKind.ICS_REJECT);
    send(FIRST, TraceKind.ICP_RAISE);

    assertFault(take(FIRST, SECOND));
  }

  @Test
  void laterArrivalFirst_isNoDifference() throws Exception {
    route(FIRST, 0);
    route(SECOND, 0);
    send(FIRST, TraceKind.ICP_RAISE);
    send(SECOND, TraceKind.ICS_REJECT);

    assertFault(take(FIRST, SECOND));
  }

  @Test
  void sourceInThePlaceOfAMoreFavouredIpi_isNoDifference() throws Exception {
    route(FIRST, 0);
    send(FIRST, TraceKind.ICS_REJECT);
    does(1, TraceKind.HCALL, Hcall.H_IPI, 0, 4);

    assertFault(take(IPI, FIRST));
  }

  @Test
  void ipiThatNobodyAskedFor_isNoDifference() throws Exception {
    route(FIRST, 0);
    send(FIRST, TraceKind.ICP_RAISE);

    assertFault(take(FIRST, IPI));
  }

  @Test
  void otherCppr_isNoDifference() throws Exception {
    route(FIRST, 0);
    route(SECOND, 0);
    send(SECOND, TraceKind.ICS_REJECT);
    send(FIRST, TraceKind.ICP_RAISE);

    assertFault(guest.take(0, xirr(FIRST), 0x0500_0000L | SECOND));
  }

  @Test
  void oneEventGivenTwice_isNoDifference() throws Exception {
    route(FIRST, 0);
    route(SECOND, 0);
    send(FIRST, TraceKind.ICP_RAISE);
    assertTrue(take(FIRST, FIRST));
    does(0, TraceKind.HCALL, Hcall.H_EOI, xirr(FIRST));
    send(SECOND, TraceKind.ICP_RAISE);

    assertFault(take(SECOND, FIRST));
  }

  @Test
  void whatWasGiven_isEnded() throws Exception {
    route(FIRST, 0);
    route(SECOND, 0);
    send(SECOND, TraceKind.ICS_REJECT);
    send(FIRST, TraceKind.ICP_RAISE);

    assertTrue(take(FIRST, SECOND));

    TraceEvent end = operation(0, TraceKind.HCALL, Hcall.H_EOI, xirr(FIRST));
    assertTrue(guest.before(end));
    assertEquals(xirr(SECOND), end.get(TraceField.ARG0));
    assertEquals(List.of(), device.calls);
  }

  @Test
  void onceMoreThanRecorded_isEndedAtOnce() throws Exception {
    route(FIRST, 0);
    route(SECOND, 0);
    send(FIRST, TraceKind.ICP_RAISE);
    assertTrue(does(-1, TraceKind.SET_LINE, FIRST, 1)); // the recorded controller made it one
    assertTrue(take(FIRST, FIRST));
    does(0, TraceKind.HCALL, Hcall.H_EOI, xirr(FIRST));
    send(SECOND, TraceKind.ICP_RAISE);
    device.answers.add(xirr(SECOND));

    assertTrue(take(SECOND, FIRST));

    assertEquals(List.of("0 0x64 0xff001300", "0 0x74 0x0"), device.calls);
    assertEquals(Map.of(KnownDifference.EVENT_AGAIN, 1L), tally.byDifference());
  }
}
