package org.xivebench.replay.ordered;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.replay.trace.TraceWriter;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Quirks;
import org.xivebench.xivenative.XiveNativeDeviceType;

/**
 * A small trace, made by hand. Values of an event are given in the order of its kind's fields. Two
 * vCPUs; sources 0 and 1 (IPIs), 0x1200 (LSI), 0x1300 and 0x1301.
 */
final class TraceScript {
  static final int LSI = 0x1200;
  static final int MSI = 0x1300;
  static final int OTHER_MSI = 0x1301;

  /** The backends, by mode. */
  static final Function<IrqType, DeviceType> BACKENDS =
      mode -> mode == IrqType.XIVE ? new XiveNativeDeviceType() : new XicsDeviceType();

  private static final long FIRST_NANOS = 1_700_000_000_000_000_000L;

  private final TraceMode mode;
  private final List<TraceEvent> events = new ArrayList<>();
  private final Set<TraceKind> observed = EnumSet.noneOf(TraceKind.class);

  TraceScript(TraceMode mode) {
    this.mode = mode;
    for (TraceKind kind : TraceKind.all()) {
      if (kind.role() == TraceKind.Role.OBSERVATION) {
        observed.add(kind);
      }
    }
  }

  /** Adds an event of a vCPU; -1 for none. Returns its index. */
  int add(int vcpu, TraceKind kind, long... values) {
    TraceEvent event =
        new TraceEvent().begin(kind, FIRST_NANOS + 1000L * events.size(), vcpu, 100 + vcpu);
    List<TraceField> fields = kind.fields();
    for (int i = 0; i < values.length; i++) {
      event.set(fields.get(i), values[i]);
    }
    events.add(event);
    return events.size() - 1;
  }

  TraceScript change(int index, TraceField field, long value) {
    events.get(index).set(field, value);
    return this;
  }

  TraceScript remove(int index) {
    events.remove(index);
    return this;
  }

  /** Says that the absence of events of a kind means nothing. */
  TraceScript notObserved(TraceKind kind) {
    observed.remove(kind);
    return this;
  }

  int size() {
    return events.size();
  }

  TraceKind kind(int index) {
    return events.get(index).kind();
  }

  OrderedResult replay(Path folder, boolean keepGoing) throws IOException, ReplayException {
    return replay(folder, Irqchip.EMULATED, keepGoing);
  }

  OrderedResult replay(Path folder, Irqchip irqchip, boolean keepGoing)
      throws IOException, ReplayException {
    Path file = folder.resolve("script.jfr");
    write(file);
    return replay(file, new OrderedOptions(irqchip, Quirks.NONE, BACKENDS, keepGoing, 1));
  }

  static OrderedResult replay(Path file, OrderedOptions options)
      throws IOException, ReplayException {
    return new OrderedReplay(
            () -> TraceEvents.of(TraceReader.open(file)),
            options,
            new Cancellation(),
            Progress.NONE)
        .run();
  }

  /** Writes the trace to a file. */
  void write(Path file) throws IOException {
    List<TraceHeader.Source> sources =
        List.of(
            new TraceHeader.Source(0, false),
            new TraceHeader.Source(1, false),
            new TraceHeader.Source(LSI, true),
            new TraceHeader.Source(MSI, false),
            new TraceHeader.Source(OTHER_MSI, false));
    TraceHeader header =
        TraceHeader.of(mode, "script", List.of(0, 1), sources).withObserved(observed);
    try (TraceWriter writer = new TraceWriter(Files.newOutputStream(file), header)) {
      for (TraceEvent event : events) {
        writer.append(event);
      }
      writer.end();
    }
  }
}
