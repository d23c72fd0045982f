package org.xivebench.replay.importer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.InputException;
import org.xivebench.replay.Progress;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceJsonReader;
import org.xivebench.replay.trace.TraceJsonWriter;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.replay.trace.TraceWriter;

/**
 * Whatever an input holds, what reads it ends, with a result or with a line that names the input,
 * and writes no more than the input can account for. Seeds are in the messages.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES) // a hang is the failure looked for
final class ImportFuzzTest {
  private static final int SEEDS = 250;
  private static final int SEEDS_LONG = 20_000;

  /** More output than this, from the small inputs here, grows without bound. */
  private static final long MAX_OUTPUT_BYTES = 64 << 20;

  /** What stands between the tokens of the texts, and what parsers stumble over. */
  private static final List<String> TOKENS =
      List.of(
          "0x",
          "-1",
          "99999999999999999999",
          "0xffffffffffffffff",
          "[000]",
          "[LOST 9 EVENTS]",
          ": ",
          "=",
          "\n",
          "\r\n",
          "\0",
          "{",
          "}",
          "[",
          "\"",
          "1@2.000003:",
          "hypercall ",
          "NIP ",
          "irq=",
          "hwirq=",
          "cpu=65535",
          "VCPU ",
          "4095",
          "\u001f\u008b",
          "FLR\0");

  @TempDir private Path folder;

  /** What is fuzzed: an input that is good, and what reads it. */
  private enum Target {
    QEMU_LOG {
      @Override
      byte[] good() throws IOException {
        return resource("xive.log");
      }

      @Override
      void read(Path file, OutputStream out) throws IOException {
        ImportReport unused = QemuLogImporter.run(file, out, Progress.NONE, new Cancellation());
      }
    },
    QEMU_LOG_DEEP {
      @Override
      byte[] good() throws IOException {
        return resource("xics-deep.log");
      }

      @Override
      void read(Path file, OutputStream out) throws IOException {
        ImportReport unused = QemuLogImporter.run(file, out, Progress.NONE, new Cancellation());
      }
    },
    FTRACE {
      @Override
      byte[] good() throws IOException {
        try (InputStream in = new GZIPInputStream(stream("ftrace-xive.txt.gz"))) {
          return in.readNBytes(12_000);
        }
      }

      @Override
      void read(Path file, OutputStream out) throws IOException {
        ImportReport unused =
            FtraceImporter.run(
                file, 512_000_000, ReadMode.STRICT, out, Progress.NONE, new Cancellation());
      }
    },
    FTRACE_HOST {
      @Override
      byte[] good() {
        return """
            a-9 [017] ..... 10.1: kvm_guest_enter: VCPU 8: pc=0xc00 pexcp=0x0 ceded=0
            a-9 [017] ..... 10.2: ipi_raise: target_mask=00000000,00000005 (Rescheduling)
            a-9 [017] ..... 10.3: kvm_guest_exit: VCPU 8: trap=SYSCALL pc=0xc00 msr=0x80, ceded=0
            a-9 [017] ..... 10.4: kvm_hcall_enter: VCPU 8: hcall=0x3ac GPR4-7=0x2,0x1302,0x8,0x6
            a-9 [017] ..... 10.5: kvm_hcall_exit: VCPU 8: ret=RESUME_GUEST hcall_rc=H_SUCCESS
            """
            .getBytes(StandardCharsets.UTF_8);
      }

      @Override
      void read(Path file, OutputStream out) throws IOException {
        FTRACE.read(file, out);
      }
    },
    JVM_RECORDING {
      @Override
      byte[] good() throws IOException {
        try (InputStream in =
            new GZIPInputStream(JfrReader.class.getResourceAsStream("killed-jdk17.jfr.gz"))) {
          return in.readAllBytes();
        }
      }

      @Override
      void read(Path file, OutputStream out) throws IOException {
        for (ReadMode mode : ReadMode.values()) {
          try {
            JvmImporter.Result unused =
                JvmImporter.run(
                    new JvmImporter.Source(file, () -> JfrReader.open(file, mode), true),
                    JvmRules.standard(),
                    4,
                    1,
                    out,
                    Progress.NONE,
                    new Cancellation());
          } catch (InputException e) {
            if (mode == ReadMode.SALVAGE) {
              throw e;
            }
          }
        }
      }

      @Override
      int cost() {
        return 20;
      }
    },
    JVM_RULES {
      @Override
      byte[] good() throws IOException {
        return resource("jvm-rules.json");
      }

      @Override
      void read(Path file, OutputStream out) throws IOException {
        JvmRules unused = JvmRules.read(file);
      }
    },
    TRACE {
      @Override
      byte[] good() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TraceWriter writer = new TraceWriter(bytes, HEADER)) {
          for (int i = 0; i < 200; i++) {
            writer.append(line(i));
          }
          writer.end();
        }
        return bytes.toByteArray();
      }

      @Override
      void read(Path file, OutputStream out) throws IOException {
        for (ReadMode mode : new ReadMode[] {ReadMode.SALVAGE, ReadMode.STRICT}) {
          try (TraceReader reader = TraceReader.open(file, mode)) {
            while (reader.next() != null) {
              // to the end
            }
          }
        }
      }

      @Override
      int cost() {
        return 3;
      }
    },
    TRACE_JSON {
      @Override
      byte[] good() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TraceJsonWriter writer = new TraceJsonWriter(bytes, HEADER)) {
          for (int i = 0; i < 40; i++) {
            writer.append(line(i));
          }
          writer.end();
        }
        return bytes.toByteArray();
      }

      @Override
      void read(Path file, OutputStream out) throws IOException {
        for (ReadMode mode : new ReadMode[] {ReadMode.SALVAGE, ReadMode.STRICT}) {
          try (TraceJsonReader reader = TraceJsonReader.open(file, mode)) {
            while (reader.next() != null) {
              // to the end
            }
          }
        }
      }
    };

    private static final TraceHeader HEADER =
        TraceHeader.of(
            TraceMode.XIVE, "a test", List.of(0, 1), List.of(new TraceHeader.Source(0x1000, true)));

    private static TraceEvent line(int i) {
      return new TraceEvent()
          .begin(TraceKind.SET_LINE, i, TraceEvent.NO_VCPU, 0)
          .set(TraceField.SOURCE, 0x1000)
          .set(TraceField.LEVEL, i & 1);
    }

    private static InputStream stream(String name) {
      return ImportFuzzTest.class.getResourceAsStream(name);
    }

    private static byte[] resource(String name) throws IOException {
      try (InputStream in = stream(name)) {
        return in.readAllBytes();
      }
    }

    abstract byte[] good() throws IOException;

    abstract void read(Path file, OutputStream out) throws IOException;

    /** How many times as long as the others one reading takes. */
    int cost() {
      return 1;
    }
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void alteredInput_read_endsInOrder(Target target) throws IOException {
    fuzz(target, 0, SEEDS / target.cost());
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  @Tag("long")
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void alteredInput_readManyTimes_endsInOrder(Target target) throws IOException {
    fuzz(target, SEEDS, SEEDS_LONG / target.cost());
  }

  private void fuzz(Target target, long firstSeed, int count) throws IOException {
    byte[] good = target.good();
    Path file = folder.resolve("fuzz");
    Files.write(file, good);
    if (target != Target.JVM_RECORDING && target != Target.FTRACE) {
      target.read(file, OutputStream.nullOutputStream()); // it is good
    }
    for (long seed = firstSeed; seed < firstSeed + count; seed++) {
      Files.write(file, altered(good, new Random(seed)));
      String what = target + ", seed " + seed;
      try {
        target.read(file, new BoundedStream(what));
      } catch (InputException e) {
        assertTrue(e.getMessage().startsWith(file + ": "), what + ": " + e.getMessage());
        assertFalse(e.getMessage().contains("\n"), what + ": " + e.getMessage());
      } catch (IOException | RuntimeException | Error e) {
        throw new AssertionError(what, e);
      }
    }
  }

  /** Alters an input at one to eight places. */
  private static byte[] altered(byte[] good, Random random) {
    byte[] bytes = good;
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      int at = random.nextInt(bytes.length);
      int length = Math.min(1 + random.nextInt(1 << random.nextInt(10)), bytes.length - at);
      switch (random.nextInt(6)) {
        case 0 -> {
          bytes = bytes.clone();
          bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
        case 1 -> bytes = spliced(bytes, at, at + length, new byte[0]);
        case 2 -> bytes = spliced(bytes, at, at, Arrays.copyOfRange(bytes, at, at + length));
        case 3 -> {
          String token = TOKENS.get(random.nextInt(TOKENS.size()));
          bytes = spliced(bytes, at, at, token.getBytes(StandardCharsets.ISO_8859_1));
        }
        case 4 -> {
          int other = random.nextInt(bytes.length);
          int from = Math.min(other, bytes.length - length);
          bytes = spliced(bytes, at, at, Arrays.copyOfRange(bytes, from, from + length));
        }
        default -> bytes = i == 1 ? Arrays.copyOf(bytes, Math.max(at, 1)) : bytes;
      }
      if (bytes.length == 0) {
        return good;
      }
    }
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] between) {
    byte[] result = new byte[from + between.length + bytes.length - to];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(between, 0, result, from, between.length);
    System.arraycopy(bytes, to, result, from + between.length, bytes.length - to);
    return result;
  }

  /** Takes what is written, up to a limit. */
  private static final class BoundedStream extends OutputStream {
    private final String what;
    private long written;

    BoundedStream(String what) {
      this.what = what;
    }

    @Override
    public void write(int b) {
      count(1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      count(length);
    }

    private void count(long more) {
      written += more;
      if (written > MAX_OUTPUT_BYTES) {
        throw new AssertionError(what + " writes without end");
      }
    }
  }
}
