package org.xivebench.replay.jfr;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Recordings that the tests read; all of programs from Maven Central or of nothing but the JDK. */
public final class Samples {
  private Samples() {}

  /** A Kafka producer on JDK 17: one finished chunk, 210 checkpoints, 10,894 events. */
  public static byte[] kafkaProducer() throws IOException {
    return unpacked("kafka-producer-jdk17.jfr.gz");
  }

  /** A Kafka consumer on JDK 17: 5,113 events. */
  public static byte[] kafkaConsumer() throws IOException {
    return unpacked("kafka-consumer-jdk17.jfr.gz");
  }

  /** A Jetty server on JDK 25: 5,432 events. */
  public static byte[] jetty() throws IOException {
    return unpacked("jetty-jdk25.jfr.gz");
  }

  /** The chunk that a killed JVM left in its repository, as of its seventh flush. */
  public static byte[] killedJdk17() throws IOException {
    return unpacked("killed-jdk17.jfr.gz");
  }

  /** The same of JDK 25. */
  public static byte[] killedJdk25() throws IOException {
    return unpacked("killed-jdk25.jfr.gz");
  }

  static byte[] packed(String resource) throws IOException {
    try (InputStream in = Samples.class.getResourceAsStream(resource)) {
      return in.readAllBytes();
    }
  }

  private static byte[] unpacked(String resource) throws IOException {
    try (InputStream in = new GZIPInputStream(Samples.class.getResourceAsStream(resource))) {
      return in.readAllBytes();
    }
  }
}
