package org.xivebench.replay.trace;

import java.io.OutputStream;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.FieldDeclaration;
import org.xivebench.replay.jfr.FieldType;
import org.xivebench.replay.jfr.JfrWriter;

/**
 * The event types of a trace, declared in a writer: those of the kinds, and those that frame a
 * trace and are no {@link TraceKind}. Always in the same order, so that a file that has lost its
 * metadata can be read by this program's own.
 */
final class TraceTypes {
  static final String HEADER = TraceKind.JFR_PREFIX + "TraceHeader";
  static final String SERVER = TraceKind.JFR_PREFIX + "TraceServer";
  static final String SOURCE = TraceKind.JFR_PREFIX + "TraceSource";
  static final String END = TraceKind.JFR_PREFIX + "TraceEnd";

  final EventEncoder header;
  final EventEncoder server;
  final EventEncoder source;
  final EventEncoder end;
  private final EventEncoder[] kinds = new EventEncoder[TraceKind.all().size()];

  TraceTypes(JfrWriter writer) {
    header =
        writer.declare(
            type(HEADER, "Trace Header")
                .description("What the trace says of the machine")
                .field(field("version", FieldType.INT, "Version", "version of the format"))
                .field(
                    field(
                        "mode",
                        FieldType.TEXT,
                        "Mode",
                        "interrupt mode of the guest: xive, xics or dual"))
                .field(field("origin", FieldType.TEXT, "Origin", "where the trace comes from"))
                .field(
                    field(
                        "vcpuCount",
                        FieldType.INT,
                        "vCPUs",
                        "number of TraceServer events that follow"))
                .field(
                    field(
                        "sourceCount",
                        FieldType.INT,
                        "Sources",
                        "number of TraceSource events that follow"))
                .field(
                    field(
                        "firstSource",
                        FieldType.INT,
                        "First Source",
                        "lowest number of a device's source"))
                .field(
                    field(
                        "observed",
                        FieldType.TEXT,
                        "Observed",
                        "kinds of observation that were recorded each time, separated by spaces")));
    server =
        writer.declare(
            type(SERVER, "Server of a vCPU")
                .description("The interrupt server number of a vCPU")
                .field(field("vcpu", FieldType.INT, "vCPU", "index of the vCPU"))
                .field(field("server", FieldType.INT, "Server", "interrupt server number")));
    source =
        writer.declare(
            type(SOURCE, "Source")
                .description("An interrupt source that the trace names")
                .field(field("source", FieldType.INT, "Source", "number of the interrupt source"))
                .field(field("lsi", FieldType.BOOLEAN, "LSI", "whether the source has a level")));
    end =
        writer.declare(
            type(END, "Trace End")
                .description("The trace is whole")
                .field(field("count", FieldType.LONG, "Count", "number of events with a sequence"))
                .field(
                    field(
                        "digest", FieldType.LONG, "Digest", "of all events, see docs/traces.md")));
    for (TraceKind kind : TraceKind.all()) {
      kinds[kind.index()] = writer.declare(declaration(kind));
    }
  }

  /** The metadata of every trace that this program writes. */
  static byte[] metadata() {
    JfrWriter writer = JfrWriter.to(OutputStream.nullOutputStream(), 0);
    TraceTypes unusedTypes = new TraceTypes(writer);
    return writer.metadata();
  }

  /** What writes the events of a kind. */
  EventEncoder of(TraceKind kind) {
    return kinds[kind.index()];
  }

  private static EventDeclaration declaration(TraceKind kind) {
    EventDeclaration declaration =
        type(kind.jfrName(), kind.label())
            .field(
                field(
                    "sequence",
                    FieldType.LONG,
                    "Sequence",
                    "number of the event in its VM, from 1"))
            .field(
                field("vcpu", FieldType.INT, "vCPU", "index of the vCPU that did it; -1 for none"));
    for (TraceField each : kind.fields()) {
      FieldType type =
          switch (each.type()) {
            case BOOLEAN -> FieldType.BOOLEAN;
            case INT -> FieldType.INT;
            case LONG -> FieldType.LONG;
          };
      declaration =
          declaration.field(field(each.jfrName(), type, each.label(), each.description()));
    }
    return declaration;
  }

  private static EventDeclaration type(String name, String label) {
    return EventDeclaration.named(name).label(label).category("xivebench", "Trace").withThread();
  }

  private static FieldDeclaration field(
      String name, FieldType type, String label, String description) {
    return FieldDeclaration.of(name, type).label(label).description(description);
  }
}
