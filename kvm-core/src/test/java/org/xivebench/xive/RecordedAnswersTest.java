package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Replays what QEMU 7.2 (TCG) answered to loads and stores of the ESB pages, the TIMA and the
 * queues on the hardware model alone: JSON Lines, one operation each. The few hypercalls in these
 * files are done as the VMM does them.
 */
class RecordedAnswersTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "03-esb-msi",
        "05-esb-lsi-low",
        "06-esb-lsi-high",
        "08-tima-cppr",
        "09-tima-sizes",
        "10-priority-delivery",
        "11-preemption",
        "12-queue-wrap-4k",
        "15-queue-without-notify",
        "23-esb-access-size"
      })
  void recording_withTheQuirks_getsTheSameAnswers(String name) throws IOException {
    replay(name, Quirks.QEMU_7_2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"12-queue-wrap-4k", "random-clean-03", "random-clean-05"})
  void recording_ofArchitectedBehaviour_getsTheSameAnswersWithoutQuirks(String name)
      throws IOException {
    replay(name, Quirks.NONE);
  }

  private static void replay(String name, Quirks quirks) throws IOException {
    String resource = "qemu-7.2/" + name + ".jsonl.gz";
    try (InputStream in = RecordedAnswersTest.class.getResourceAsStream(resource)) {
      assertNotNull(in, resource);
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8));
      Machine machine = new Machine(quirks, Integer.parseInt(field(lines.readLine(), "smp")));
      int number = 1;
      int operations = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        String op = field(line, "op");
        if (op.equals("end")) {
          assertEquals(Integer.parseInt(field(line, "ops")), operations);
          return;
        }
        if (!op.equals("note")) {
          operations++;
        }
        Long expected = line.contains("\"value\"") ? number(line, "value") : null;
        Long answer = machine.perform(op, line);
        if (answer != null) {
          assertEquals(
              Long.toHexString(expected), Long.toHexString(answer), "line " + number + ": " + line);
        }
      }
    }
    throw new AssertionError(name + " has no end");
  }

  private static String field(String line, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\"?([^\",}]*)").matcher(line);
    assertEquals(true, found.find(), () -> name + " in " + line);
    return found.group(1);
  }

  private static long number(String line, String name) {
    return parse(field(line, name));
  }

  private static long parse(String text) {
    return text.startsWith("0x")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.parseLong(text);
  }

  private static long[] list(String line, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\\[([^]]*)]").matcher(line);
    assertEquals(true, found.find(), () -> name + " in " + line);
    String text = found.group(1).replace("\"", "");
    if (text.isEmpty()) {
      return new long[0];
    }
    String[] items = text.split(",", -1);
    long[] values = new long[items.length];
    for (int i = 0; i < items.length; i++) {
      values[i] = parse(items[i]);
    }
    return values;
  }

  /** Guest memory by word address. */
  private static final class Memory {
    private final Map<Long, Integer> words = new HashMap<>();

    QueueMemory at(long address) {
      return new QueueMemory() {
        @Override
        public void putEntry(int index, int bigEndianWord) {
          words.put(address + 4L * index, bigEndianWord);
        }

        @Override
        public int entry(int index) {
          return words.getOrDefault(address + 4L * index, 0);
        }
      };
    }

    void clear(long address, long bytes) {
      words.keySet().removeIf(at -> at >= address && at < address + bytes);
    }
  }

  /** A pseries machine without KVM, as far as the recordings need one. */
  private static final class Machine {
    private static final long ESB_BASE = 0x0006010000000000L;
    private static final long END_BASE = 0x0006010040000000L;

    private final Xive xive;
    private final int vpBase;
    private final Tima[] timas;
    private final EsbSource[] sources = new EsbSource[0x2000];
    private final Memory memory = new Memory();

    Machine(Quirks quirks, int vcpus) {
      xive = new Xive.Builder().quirks(quirks).build();
      vpBase = xive.opal().allocateVpBlock(3);
      timas = new Tima[vcpus];
      for (int i = 0; i < vcpus; i++) {
        HardwareFixture.ok(xive.opal().setVpInfo(vpBase + i, Opal.VP_ENABLED));
        timas[i] = xive.newTima();
        timas[i].storeOsRing(0x0000_00ff_ff00_00ffL);
        timas[i].pushOsContext(vpBase + i | CamWord.VO.mask());
      }
    }

    private EsbSource source(int lisn) {
      if (sources[lisn] == null) {
        boolean lsi = lisn >= 0x1200 && lisn < 0x1204;
        sources[lisn] = xive.defineSource(lisn, lsi ? EsbSource.LSI : 0);
      }
      return sources[lisn];
    }

    Long perform(String op, String line) {
      switch (op) {
        case "esb_load" -> {
          EsbSource source = source((int) number(line, "source"));
          int offset = (int) number(line, "offset");
          return line.contains("\"mgmt\"")
              ? source.loadManagement(offset)
              : source.loadTrigger(offset);
        }
        case "esb_store" -> {
          EsbSource source = source((int) number(line, "source"));
          int offset = (int) number(line, "offset");
          if (line.contains("\"mgmt\"")) {
            source.storeManagement(offset, number(line, "value"));
          } else {
            source.storeTrigger(offset, number(line, "value"));
          }
          return null;
        }
        case "msi" -> source((int) number(line, "source")).trigger();
        case "line" -> source((int) number(line, "source")).setLine(number(line, "level") == 1);
        case "tima_load" -> {
          return timas[(int) number(line, "cpu")].load(
              page(line), (int) number(line, "offset"), (int) number(line, "size"));
        }
        case "tima_store" ->
            timas[(int) number(line, "cpu")].store(
                page(line),
                (int) number(line, "offset"),
                (int) number(line, "size"),
                number(line, "value"));
        case "ext_probe" -> {
          return timas[(int) number(line, "cpu")].externalLine() ? 1L : 0L;
        }
        case "eq_read" -> {
          return memory.at(number(line, "addr")).entry((int) number(line, "index")) & 0xffff_ffffL;
        }
        case "eq_clear" -> memory.clear(number(line, "addr"), number(line, "bytes"));
        case "burst" -> {
          EsbSource source = source((int) number(line, "source"));
          for (long i = number(line, "count"); i > 0; i--) {
            source.storeTrigger(0, 0);
            source.loadManagement(EsbOffset.LOAD_EOI);
          }
        }
        case "mmio_load" -> {
          return mmioLoad(number(line, "addr"));
        }
        case "mmio_store", "cas", "note" -> {}
        case "hcall" -> hypercall(line);
        default -> throw new AssertionError(line);
      }
      return null;
    }

    private static TimaPage page(String line) {
      return field(line, "page").equals("os") ? TimaPage.OS : TimaPage.USER;
    }

    /** In these files: odd accesses of ESB pages, and END pages. */
    private long mmioLoad(long address) {
      if (address >= END_BASE) {
        int index = (int) ((address - END_BASE) >>> 17);
        boolean notify = ((address >>> 16) & 1) == 0;
        return xive.endEsb(vpBase + (index >>> 3), index & 7, notify).load((int) address & 0xffff);
      }
      return source((int) ((address - ESB_BASE) >>> 17)).oddLoad();
    }

    private void hypercall(String line) {
      if (!field(line, "ret").equals("H_SUCCESS")) {
        return;
      }
      long[] args = list(line, "args");
      switch (field(line, "name")) {
        case "H_INT_SET_QUEUE_CONFIG" ->
            setQueue(args[0], (int) args[1], (int) args[2], args[3], (int) args[4]);
        case "H_INT_SET_SOURCE_CONFIG" ->
            setSource(args[0], (int) args[1], (int) args[2], (int) args[3], (int) args[4]);
        case "H_INT_GET_QUEUE_CONFIG" -> {
          int[] words = xive.end(vpBase + (int) args[1], (int) args[2]).words();
          if (args[0] == 1) {
            assertEquals(list(line, "out")[3], EndWord1.PAGE_OFFSET.get(words[1]), line);
          }
        }
        case "H_INT_ESB" -> {
          EsbSource source = source((int) args[1]);
          int offset = (int) args[2];
          if (args[0] == 1) {
            source.storeManagement(offset, args[3]);
          } else {
            long value = source.loadManagement(offset);
            assertEquals(value, Long.reverseBytes(list(line, "out")[0]), line);
          }
        }
        default -> {}
      }
    }

    private void setQueue(long flags, int server, int priority, long address, int order) {
      int[] words = new int[8];
      words[1] = EndWord1.GENERATION.mask();
      if (order != 0) {
        words[0] =
            EndWord0.VALID.mask()
                | EndWord0.ENQUEUE.mask()
                | EndWord0.QUEUE_SIZE.of(order - 12)
                | (flags == 1 ? EndWord0.UNCONDITIONAL_NOTIFY.mask() : 0);
        words[2] = (int) (address >>> 32);
        words[3] = (int) address;
        words[6] = EndWord6.NVT_INDEX.of(vpBase + server);
        words[7] = EndWord7.PRIORITY.of(priority);
      } else {
        words[1] = 0;
      }
      xive.end(vpBase + server, priority).store(words, memory.at(address));
    }

    private void setSource(long flags, int lisn, int server, int priority, int eisn) {
      EsbSource source = source(lisn);
      if (priority == 0xff) {
        source.setEas(EasWord.VALID.mask() | EasWord.MASKED.mask());
        return;
      }
      long eas = EasWord.route((vpBase + server) * 8 + priority, EasWord.data(source.eas()));
      if ((flags & 2) != 0) {
        eas = EasWord.END_DATA.set(eas, eisn);
      }
      source.setEas((flags & 1) != 0 ? eas | EasWord.MASKED.mask() : eas);
    }
  }
}
