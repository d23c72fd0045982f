package org.xivebench.replay.importer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.xivebench.replay.LogInput;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;

/**
 * Reads what QEMU's monitor printed for {@code info pic}, one snapshot after the other, each behind
 * a line {@code === snapshot N}: the N-th {@code info pic} of the log.
 */
final class InfoPicReader implements Closeable {
  private static final Pattern TITLE = Pattern.compile("=== snapshot (\\d{1,9})\\b.*");
  private static final Pattern RING =
      Pattern.compile(
          "CPU\\[(\\p{XDigit}{4})\\]:\\s+OS((?:\\s+\\p{XDigit}{2}){8})\\s+\\p{XDigit}{8}\\s*");
  private static final Pattern XIVE_SOURCE =
      Pattern.compile(
          "\\s*(\\p{XDigit}{8}) (?:MSI|LSI) ([P-])([Q-])([A ]) ([M ]) (\\p{XDigit}{8})(.*)");
  private static final Pattern QUEUE =
      Pattern.compile(
          "\\s+(\\d{1,9})/(\\d)\\s+(\\d{1,9})/\\s*(\\d{1,9}) @(\\p{XDigit}{1,16}) \\^([01])"
              + " \\[((?: \\^?\\p{XDigit}{8}){6}) \\]\\s*");
  private static final Pattern PRESENTER =
      Pattern.compile(
          "CPU (\\d{1,9}) XIRR=(\\p{XDigit}{8}) \\(.*\\) PP=(\\p{XDigit}{2}) MFRR=(\\p{XDigit}{2})\\s*");
  private static final Pattern ICS_SOURCE =
      Pattern.compile("\\s+(\\p{XDigit}{4,8}) (?:MSI|LSI) (\\p{XDigit}{2}) (\\p{XDigit}{2})\\s*");

  /** Lines that say nothing more: titles, and rings that a guest does not use. */
  private static final Pattern KNOWN =
      Pattern.compile("|CPU\\[.*\\]:\\s+(?:QW|USER|POOL|PHYS) .*|\\s*LISN .*|ICS .*|irqchip: .*");

  private static final String UNNAMED =
      "lines of snapshots on sources and vCPUs that nothing else names";

  private static final int NOT_ROUTED = 0xff;

  /** Takes the events of a snapshot. */
  interface Sink {
    /** Returns an event, to be filled and appended. */
    TraceEvent begin(TraceKind kind);

    /** Appends it. */
    void append(TraceEvent event) throws IOException;

    /** Counts a line that is left out. */
    void skip(String reason);
  }

  private final LogInput text;
  private final TraceHeader header;
  private final Set<Integer> sources;

  /** Queues of the snapshot at work that were told already: several sources share one. */
  private final Set<Integer> queuesTold = new HashSet<>();

  /** Number of the snapshot whose title was read last; 0 before the first. */
  private long current;

  private boolean ended;

  private InfoPicReader(LogInput text, TraceHeader header) {
    this.text = text;
    this.header = header;
    this.sources =
        header.sources().stream().map(TraceHeader.Source::number).collect(Collectors.toSet());
  }

  static InfoPicReader open(Path file, TraceHeader header) throws IOException {
    return new InfoPicReader(LogInput.openOnce(file), header);
  }

  /** Gives what the snapshot of a number shows; numbers must ascend. */
  void snapshot(int number, Sink sink) throws IOException {
    queuesTold.clear();
    while (!ended && current < number) {
      String line = next();
      Matcher title = line == null ? null : TITLE.matcher(line);
      if (title != null && title.matches()) {
        current = Integer.parseInt(title.group(1));
      }
    }
    if (current != number) {
      return;
    }
    String line;
    while ((line = next()) != null) {
      Matcher title = TITLE.matcher(line);
      if (title.matches()) {
        current = Integer.parseInt(title.group(1));
        return;
      }
      take(line, sink);
    }
  }

  private String next() throws IOException {
    if (!text.next()) {
      ended = true;
      return null;
    }
    return new String(text.bytes(), text.start(), text.end() - text.start(), ISO_8859_1);
  }

  private void take(String line, Sink sink) throws IOException {
    Matcher ring = RING.matcher(line);
    if (ring.matches()) {
      takeRing(ring, sink);
      return;
    }
    Matcher source = XIVE_SOURCE.matcher(line);
    if (source.matches()) {
      takeXiveSource(source, sink);
      return;
    }
    Matcher presenter = PRESENTER.matcher(line);
    if (presenter.matches()) {
      takePresenter(presenter, sink);
      return;
    }
    Matcher icsSource = ICS_SOURCE.matcher(line);
    if (icsSource.matches()) {
      takeIcsSource(icsSource, sink);
      return;
    }
    if (!KNOWN.matcher(line).matches()) {
      sink.skip("lines of snapshots that are not understood");
    }
  }

  private void takeRing(Matcher ring, Sink sink) throws IOException {
    int cpu = hex(ring.group(1));
    if (cpu >= header.vcpuCount()) {
      sink.skip(UNNAMED);
      return;
    }
    long word = Long.parseUnsignedLong(ring.group(2).replaceAll("\\s", ""), 16);
    sink.append(
        sink.begin(TraceKind.SNAPSHOT_RING)
            .set(TraceField.TARGET, cpu)
            .set(TraceField.OS_RING, word));
  }

  private void takeXiveSource(Matcher source, Sink sink) throws IOException {
    int number = hex(source.group(1));
    if (!sources.contains(number)) {
      sink.skip(UNNAMED);
      return;
    }
    TraceEvent event =
        sink.begin(TraceKind.SNAPSHOT_SOURCE)
            .set(TraceField.SOURCE, number)
            .set(
                TraceField.PQ,
                (source.group(2).equals("P") ? 2 : 0) | (source.group(3).equals("Q") ? 1 : 0))
            .set(TraceField.LEVEL, source.group(4).equals("A") ? 1 : 0)
            .set(TraceField.MASKED, source.group(5).equals("M"))
            .set(TraceField.EISN, hex(source.group(6)))
            .set(TraceField.PRIORITY, NOT_ROUTED);
    Matcher queue = QUEUE.matcher(source.group(7));
    if (!queue.matches()) {
      sink.append(event);
      return;
    }
    int server = Integer.parseInt(queue.group(1));
    int priority = Integer.parseInt(queue.group(2));
    sink.append(event.set(TraceField.ROUTED_SERVER, server).set(TraceField.PRIORITY, priority));
    if (header.servers().contains(server) && queuesTold.add(server << 3 | priority)) {
      String[] entries = queue.group(7).replace("^", "").strip().split(" ", -1);
      sink.append(
          sink.begin(TraceKind.SNAPSHOT_QUEUE)
              .set(TraceField.SERVER, server)
              .set(TraceField.PRIORITY, priority)
              .set(TraceField.GUEST_ADDRESS, Long.parseUnsignedLong(queue.group(5), 16))
              .set(TraceField.ENTRIES, Integer.parseInt(queue.group(4)))
              .set(TraceField.QUEUE_INDEX, Integer.parseInt(queue.group(3)))
              .set(TraceField.TOGGLE, Integer.parseInt(queue.group(6)))
              .set(TraceField.ENTRIES_5_4, pair(entries[0], entries[1]))
              .set(TraceField.ENTRIES_3_2, pair(entries[2], entries[3]))
              .set(TraceField.ENTRIES_1_0, pair(entries[4], entries[5])));
    }
  }

  private void takePresenter(Matcher presenter, Sink sink) throws IOException {
    int cpu = Integer.parseInt(presenter.group(1));
    if (cpu >= header.vcpuCount()) {
      sink.skip(UNNAMED);
      return;
    }
    sink.append(
        sink.begin(TraceKind.SNAPSHOT_PRESENTER)
            .set(TraceField.SERVER, header.servers().get(cpu))
            .set(TraceField.XIRR, hex(presenter.group(2)))
            .set(TraceField.PENDING_PRIORITY, hex(presenter.group(3)))
            .set(TraceField.MFRR, hex(presenter.group(4))));
  }

  private void takeIcsSource(Matcher source, Sink sink) throws IOException {
    int number = hex(source.group(1));
    if (!sources.contains(number)) {
      sink.skip(UNNAMED);
      return;
    }
    sink.append(
        sink.begin(TraceKind.SNAPSHOT_ICS_SOURCE)
            .set(TraceField.SOURCE, number)
            .set(TraceField.PRIORITY, hex(source.group(2)))
            .set(TraceField.SOURCE_STATE, hex(source.group(3))));
  }

  private static int hex(String digits) {
    return Integer.parseUnsignedInt(digits, 16);
  }

  private static long pair(String first, String second) {
    return (long) hex(first) << 32 | Integer.toUnsignedLong(hex(second));
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
