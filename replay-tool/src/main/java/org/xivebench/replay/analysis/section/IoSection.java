package org.xivebench.replay.analysis.section;

import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.collect.Spans;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/** Reads and writes of sockets, or of files: how long each took, with whom, how many bytes. */
public final class IoSection extends SectionCollector<IoSection> {
  public static final String SOCKET = "socket";
  public static final String FILE = "file";

  /** Breakdown: time of a read. */
  public static final String READ = "read";

  /** Breakdown: time of a write. */
  public static final String WRITE = "write";

  /** Breakdown of files: time of a force. */
  public static final String FORCE = "force";

  public static final SectionType<IoSection> SOCKET_TYPE =
      new SectionType<>(
          SOCKET,
          IoSection.class,
          scope -> new IoSection(scope, SOCKET, "Socket I/O", "peer"),
          in -> {
            in.jdk(
                "SocketRead",
                IoSection::read,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "bytesRead",
                "host",
                "address",
                "port");
            in.jdk(
                "SocketWrite",
                IoSection::write,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "bytesWritten",
                "host",
                "address",
                "port");
          });

  public static final SectionType<IoSection> FILE_TYPE =
      new SectionType<>(
          FILE,
          IoSection.class,
          scope -> new IoSection(scope, FILE, "File I/O", "file"),
          in -> {
            in.jdk(
                "FileRead",
                IoSection::read,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "bytesRead",
                "path");
            in.jdk(
                "FileWrite",
                IoSection::write,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "bytesWritten",
                "path");
            in.jdk(
                "FileForce",
                IoSection::force,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "metaData",
                "path");
          });

  private static final int START = 0;
  private static final int DURATION = 1;
  private static final int THREAD = 2;
  private static final int STACK = 3;
  private static final int BYTES = 4;
  private static final int PATH_OR_HOST = 5;
  private static final int ADDRESS = 6;
  private static final int PORT = 7;

  private final String name;
  private final String title;
  private final BreakingDown read;
  private final BreakingDown write;
  private final BreakingDown force;
  private final BreakingDown bytesRead;
  private final BreakingDown bytesWritten;
  private final Spans reads;
  private final Spans writes;

  /** The latest peer, since its name is put together from several fields. */
  private String lastHost;

  private String lastAddress;
  private long lastPort;
  private String lastPeer;

  IoSection(JvmScope scope, String name, String title, String keyTitle) {
    super(scope);
    this.name = name;
    this.title = title;
    int limit = scope.limit();
    read = new BreakingDown(READ, "reads", keyTitle, Unit.NANOS, limit);
    write = new BreakingDown(WRITE, "writes", keyTitle, Unit.NANOS, limit);
    force = new BreakingDown(FORCE, "forces to disk", keyTitle, Unit.NANOS, limit);
    bytesRead = new BreakingDown("bytesRead", "bytes of a read", keyTitle, Unit.BYTES, limit);
    bytesWritten =
        new BreakingDown("bytesWritten", "bytes of a write", keyTitle, Unit.BYTES, limit);
    reads = scope.latencies(name + " reads");
    writes = scope.latencies(name + " writes");
  }

  private void read(EventCursor event) {
    transfer(event, read, bytesRead, reads, " bytes read");
  }

  private void write(EventCursor event) {
    transfer(event, write, bytesWritten, writes, " bytes written");
  }

  private void transfer(
      EventCursor event, BreakingDown times, BreakingDown sizes, Spans latencies, String what) {
    String key = key(event);
    long duration = event.getNanos(DURATION);
    long bytes = event.getLong(BYTES);
    latencies.add(event.getNanos(START), duration);
    if (times.add(key, duration)) {
      times.note(occurrence(event, START, duration, THREAD, STACK, key + ", " + bytes + what));
    }
    if (bytes > 0) { // -1: the end of the file or stream
      sizes.add(key, bytes);
    }
  }

  private void force(EventCursor event) {
    String key = key(event);
    long duration = event.getNanos(DURATION);
    if (force.add(key, duration)) {
      force.note(occurrence(event, START, duration, THREAD, STACK, key));
    }
  }

  private String key(EventCursor event) {
    String pathOrHost = event.getString(PATH_OR_HOST);
    if (name.equals(FILE)) {
      return pathOrHost == null ? "(unknown)" : pathOrHost;
    }
    String address = event.getString(ADDRESS);
    long port = event.getLong(PORT);
    if (lastPeer == null
        || port != lastPort
        || !java.util.Objects.equals(address, lastAddress)
        || !java.util.Objects.equals(pathOrHost, lastHost)) {
      lastHost = pathOrHost;
      lastAddress = address;
      lastPort = port;
      boolean named = pathOrHost != null && !pathOrHost.isEmpty();
      lastPeer = (named ? pathOrHost : address == null ? "(unknown)" : address) + ":" + port;
    }
    return lastPeer;
  }

  @Override
  public void addAll(IoSection other) {
    read.addAll(other.read);
    write.addAll(other.write);
    force.addAll(other.force);
    bytesRead.addAll(other.bytesRead);
    bytesWritten.addAll(other.bytesWritten);
  }

  @Override
  public Section result() {
    Section.Builder section = Section.builder(name, title);
    if (read.count() > 0) {
      section.add(
          Figure.of(
              "readRate",
              "read",
              Unit.BYTES_PER_SECOND,
              bytesRead.all().total() / scope.seconds()));
    }
    if (write.count() > 0) {
      section.add(
          Figure.of(
              "writeRate",
              "written",
              Unit.BYTES_PER_SECOND,
              bytesWritten.all().total() / scope.seconds()));
    }
    return section
        .add(read.result())
        .add(write.result())
        .add(force.result())
        .add(bytesRead.result())
        .add(bytesWritten.result())
        .build();
  }
}
