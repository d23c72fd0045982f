package org.xivebench.replay.live;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import javax.management.InstanceNotFoundException;
import javax.management.JMX;
import javax.management.MBeanServerConnection;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import jdk.management.jfr.FlightRecorderMXBean;
import org.xivebench.replay.UsageException;

/**
 * A flight recording that this tool has started in another JVM and looks at while it goes on. The
 * JVM keeps the newest part of it only; closing this ends the recording and leaves the JVM as it
 * was.
 *
 * <p>Source: {@code jdk.management.jfr.FlightRecorderMXBean}, JDK 17.
 */
public final class LiveRecording implements Closeable {
  private static final String RECORDING_NAME = "xivebench";

  private final String target;
  private final Closeable connector;
  private final FlightRecorderMXBean recorder;
  private final long recording;

  private LiveRecording(
      String target, Closeable connector, FlightRecorderMXBean recorder, long recording) {
    this.target = target;
    this.connector = connector;
    this.recorder = recorder;
    this.recording = recording;
  }

  /**
   * Connects to a JVM and starts to record.
   *
   * @param target a process id on this machine, or HOST:PORT of a JMX server
   * @param settings name of one of that JVM's configurations: {@code default} or {@code profile}
   * @param window how much of the past the JVM keeps
   * @throws UsageException if there is no such JVM, it cannot be reached, or does not record
   */
  public static LiveRecording start(String target, String settings, Duration window) {
    JMXConnector connector = connect(target);
    try {
      return start(target, connector, connector.getMBeanServerConnection(), settings, window);
    } catch (IOException | RuntimeException e) {
      closeQuietly(connector);
      throw e instanceof UsageException usage ? usage : unreachable(target, e);
    }
  }

  /** As {@link #start(String, String, Duration)}, over a connection that there is. */
  static LiveRecording start(
      String target,
      Closeable connector,
      MBeanServerConnection connection,
      String settings,
      Duration window)
      throws IOException {
    FlightRecorderMXBean recorder = recorderOf(target, connection);
    long recording = recorder.newRecording();
    try {
      recorder.setPredefinedConfiguration(recording, settings);
    } catch (IllegalArgumentException e) {
      recorder.closeRecording(recording);
      throw new UsageException(
          target + ": has no JFR settings '" + settings + "'; 'default' and 'profile' are there");
    }
    try {
      recorder.setRecordingOptions(
          recording,
          Map.of("name", RECORDING_NAME, "maxAge", window.toMillis() + " ms", "disk", "true"));
      recorder.startRecording(recording);
    } catch (RuntimeException e) {
      recorder.closeRecording(recording);
      throw new IOException("the recording could not be started: " + e.getMessage(), e);
    }
    return new LiveRecording(target, connector, recorder, recording);
  }

  // JMX over RMI deserialises what the server sends. The user names the server, as with jconsole.
  @SuppressWarnings("BanJNDI")
  private static JMXConnector connect(String target) {
    try {
      return JMXConnectorFactory.connect(new JMXServiceURL(serviceUrl(target)));
    } catch (IOException | RuntimeException e) {
      throw e instanceof UsageException usage ? usage : unreachable(target, e);
    }
  }

  private static String serviceUrl(String target) throws IOException {
    if (target.contains(":")) {
      return "service:jmx:rmi:///jndi/rmi://" + target + "/jmxrmi";
    }
    if (!target.matches("\\d{1,10}")) {
      throw new UsageException(target + ": is neither a process id nor HOST:PORT");
    }
    try {
      VirtualMachine jvm = VirtualMachine.attach(target);
      try {
        return jvm.startLocalManagementAgent();
      } finally {
        jvm.detach();
      }
    } catch (AttachNotSupportedException e) {
      throw unreachable(target, e);
    }
  }

  private static FlightRecorderMXBean recorderOf(String target, MBeanServerConnection connection)
      throws IOException {
    try {
      ObjectName name = new ObjectName(FlightRecorderMXBean.MXBEAN_NAME);
      connection.getObjectInstance(name);
      return JMX.newMXBeanProxy(connection, name, FlightRecorderMXBean.class);
    } catch (InstanceNotFoundException e) {
      throw new UsageException(target + ": this JVM has no flight recorder");
    } catch (MalformedObjectNameException e) {
      throw new AssertionError(e);
    }
  }

  private static UsageException unreachable(String target, Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause(); // RMI and JNDI wrap what is wrong several times
    }
    String reason =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new UsageException(
        target + ": cannot connect to this JVM: " + reason.lines().findFirst().orElse(""));
  }

  /** What messages call the JVM. */
  public String target() {
    return target;
  }

  /**
   * Returns what the JVM has kept so far, as a recording of whole chunks. The JVM begins a new
   * chunk for it.
   *
   * @return to be closed by the caller, before the next call
   */
  public InputStream snapshot() throws IOException {
    try {
      long copy = recorder.cloneRecording(recording, true);
      try {
        return new RemoteStream(recorder, copy, recorder.openStream(copy, null));
      } catch (IOException | RuntimeException e) {
        recorder.closeRecording(copy);
        throw e;
      }
    } catch (RuntimeException e) {
      throw gone(e);
    }
  }

  /** A JMX proxy wraps what goes wrong on the way in unchecked exceptions. */
  private IOException gone(RuntimeException e) {
    return new IOException(target + ": the JVM has ended or the connection is broken", e);
  }

  @Override
  public void close() throws IOException {
    try {
      recorder.stopRecording(recording);
      recorder.closeRecording(recording);
    } catch (IOException | RuntimeException e) {
      // The JVM has gone, and its recording with it.
    } finally {
      connector.close();
    }
  }

  private static void closeQuietly(Closeable connector) {
    try {
      connector.close();
    } catch (IOException | UncheckedIOException e) {
      // What went wrong before is what the user hears of.
    }
  }

  /** The bytes of a copy of the recording; closing it has the JVM forget the copy. */
  private static final class RemoteStream extends InputStream {
    private final FlightRecorderMXBean recorder;
    private final long copy;
    private final long stream;
    private byte[] block = {};
    private int at;
    private boolean ended;
    private boolean closed;

    RemoteStream(FlightRecorderMXBean recorder, long copy, long stream) {
      this.recorder = recorder;
      this.copy = copy;
      this.stream = stream;
    }

    private boolean fill() throws IOException {
      while (at == block.length && !ended) {
        byte[] next = recorder.readStream(stream);
        ended = next == null;
        if (next != null) {
          block = next;
          at = 0;
        }
      }
      return !ended;
    }

    @Override
    public int read() throws IOException {
      return fill() ? block[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int taken = Math.min(length, block.length - at);
      System.arraycopy(block, at, into, from, taken);
      at += taken;
      return taken;
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      try {
        recorder.closeStream(stream);
      } finally {
        recorder.closeRecording(copy);
      }
    }
  }
}
