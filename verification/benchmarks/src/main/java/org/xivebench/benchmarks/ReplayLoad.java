package org.xivebench.benchmarks;

import java.util.List;
import java.util.stream.IntStream;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;

/**
 * A trace without a file: each vCPU has an MSI routed to it; the MSIs come in turn, and after each
 * an IPI to the next vCPU.
 */
final class ReplayLoad implements TraceEvents {
  private static final int FIRST_MSI = 0x1300;
  private static final int PRIORITY = 5;
  private static final int IPI_PRIORITY = 4;

  private final TraceHeader header;
  private final int events;
  private final TraceEvent event = new TraceEvent();
  private int given;

  /**
   * @param servers of the vCPUs
   * @param events how many, those that route the sources not counted
   */
  ReplayLoad(List<Integer> servers, int events) {
    this.header =
        TraceHeader.of(
            TraceMode.XICS,
            "made for a benchmark",
            servers,
            IntStream.range(0, servers.size())
                .mapToObj(vcpu -> new TraceHeader.Source(FIRST_MSI + vcpu, false))
                .toList());
    this.events = events;
  }

  @Override
  public TraceHeader header() {
    return header;
  }

  @Override
  public TraceEvent next() {
    int vcpus = header.vcpuCount();
    int number = given++;
    if (number < vcpus) {
      return begin(TraceKind.SOURCE_CONFIG, number)
          .set(TraceField.SOURCE, FIRST_MSI + number)
          .set(TraceField.SERVER, header.servers().get(number))
          .set(TraceField.PRIORITY, PRIORITY);
    }
    int at = number - vcpus;
    if (at >= events) {
      return null;
    }
    int vcpu = at / 2 % vcpus;
    return at % 2 == 0
        ? begin(TraceKind.SET_LINE, TraceEvent.NO_VCPU)
            .set(TraceField.SOURCE, FIRST_MSI + vcpu)
            .set(TraceField.LEVEL, 1)
        : begin(TraceKind.HCALL, vcpu)
            .set(TraceField.OPCODE, Hcall.H_IPI)
            .set(TraceField.ARG0, header.servers().get((vcpu + 1) % vcpus))
            .set(TraceField.ARG1, IPI_PRIORITY);
  }

  private TraceEvent begin(TraceKind kind, int vcpu) {
    return event.begin(kind, given, vcpu, vcpu);
  }

  @Override
  public void close() {}
}
