package org.xivebench.replay.importer;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.PropertyBindingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.xivebench.replay.InputException;
import org.xivebench.replay.vmm.InterruptMap;

/**
 * Which interrupts a JVM's events stand for: what {@code import jvm} goes by. Read from JSON;
 * {@code docs/import-jvm.md} describes the file.
 *
 * @param vcpus of the guest, unless the command line says otherwise
 * @param serviceNanos from an interrupt to its end
 * @param devices whose queues have an MSI each
 * @param rules each looks at every event of its type
 */
public record JvmRules(int vcpus, long serviceNanos, List<Device> devices, List<Rule> rules) {
  /** Where the rules that come with the program are. */
  private static final String DEFAULT = "jvm-rules.json";

  private static final long MAX_SERVICE_NANOS = 1_000_000_000;
  private static final long MAX_FILE_BYTES = 1 << 20;

  /**
   * A device.
   *
   * @param name what rules call it
   * @param queues number of its queues; queue q is routed to vCPU q modulo the number of vCPUs
   */
  public record Device(String name, int queues) {}

  /** When an event makes its interrupt. */
  public enum At {
    /** When it begins. */
    @JsonProperty("start")
    START,
    /** When it ends. */
    @JsonProperty("end")
    END
  }

  /** What an event makes. */
  public enum Interrupt {
    /** An IPI from the vCPU of one thread to that of another; none if they are the same. */
    @JsonProperty("ipi")
    IPI,
    /** An IPI from the vCPU of a thread to each of the others. */
    @JsonProperty("ipi-all")
    IPI_ALL,
    /** An MSI of a device's queue. */
    @JsonProperty("msi")
    MSI
  }

  /**
   * A rule.
   *
   * @param name what reports call it
   * @param event full name of the event type
   * @param when fields with the value that they must have; null for none
   * @param minDurationNanos shorter events make nothing
   * @param timeout field with a length of time; events that lasted as long make nothing, since a
   *     timer ended them; null for none
   * @param at when the interrupt comes; null for the end
   * @param interrupt what comes
   * @param from field of the thread whose vCPU sends an IPI; null if the event does not say
   * @param to field of the thread whose vCPU gets it
   * @param device that sends the MSI
   * @param queueBy fields that choose its queue
   * @param why the reasoning, for people
   */
  public record Rule(
      String name,
      String event,
      Map<String, JsonNode> when,
      long minDurationNanos,
      String timeout,
      At at,
      Interrupt interrupt,
      String from,
      String to,
      String device,
      List<String> queueBy,
      String why) {
    /** Fills in what may be left out. */
    public Rule {
      when = when == null ? Map.of() : Map.copyOf(when);
      at = at == null ? At.END : at;
      queueBy = copyOf(queueBy);
      why = Objects.requireNonNullElse(why, "");
    }
  }

  /** Copies the lists. */
  public JvmRules {
    devices = copyOf(devices);
    rules = copyOf(rules);
  }

  /** A file may have nulls in a list, which are told of later. */
  private static <T> List<T> copyOf(List<T> list) {
    return list == null ? List.of() : Collections.unmodifiableList(new ArrayList<>(list));
  }

  /** The rules that come with the program. */
  public static JvmRules standard() {
    try (InputStream in = JvmRules.class.getResourceAsStream(DEFAULT)) {
      return parse(Path.of(DEFAULT), in.readAllBytes());
    } catch (IOException e) {
      throw new AssertionError("the program's own rules cannot be read", e);
    }
  }

  /**
   * Reads rules from a file.
   *
   * @throws InputException if it cannot be read, or does not make sense
   */
  public static JvmRules read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new InputException(file, "there is no such file");
    }
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new InputException(file, "is larger than 1 MiB: these are no rules");
    }
    return parse(file, Files.readAllBytes(file));
  }

  private static JvmRules parse(Path file, byte[] text) throws InputException {
    JsonMapper mapper =
        JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();
    JvmRules rules;
    try {
      rules = mapper.readValue(text, JvmRules.class);
    } catch (JsonProcessingException e) {
      // Of a value that does not fit, the path says more than the line where parsing ended.
      boolean hasPath = e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty();
      throw new InputException(
          file, hasPath ? pathOf((JsonMappingException) e) : "line " + lineOf(e), problemOf(e), e);
    } catch (IOException e) {
      throw new InputException(file, e.getMessage(), e);
    }
    if (rules == null) {
      throw new InputException(file, "holds no rules");
    }
    String problem = rules.problem();
    if (problem != null) {
      throw new InputException(file, problem);
    }
    return rules;
  }

  /** In words of the file: the parser's are of classes. */
  private static String problemOf(JsonProcessingException e) {
    boolean doesNotFit =
        e instanceof MismatchedInputException && !(e instanceof PropertyBindingException);
    if (doesNotFit) {
      return "must be " + wanted(((MismatchedInputException) e).getTargetType());
    }
    String message = e.getOriginalMessage().lines().findFirst().orElse("is no JSON");
    return message.replaceFirst(" \\((class|start marker at) .*", "");
  }

  private static String wanted(Class<?> type) {
    if (type == null) {
      return "something else";
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(each -> each.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
          .collect(Collectors.joining(", ", "one of ", ""));
    }
    if (type.isPrimitive()) {
      return "a whole number";
    }
    return type == String.class
        ? "a text"
        : Collection.class.isAssignableFrom(type) ? "a list" : "an object";
  }

  private static int lineOf(JsonProcessingException e) {
    return e.getLocation() == null ? 1 : e.getLocation().getLineNr();
  }

  private static String pathOf(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      String name = step.getFieldName();
      path.append(name == null ? "[" + step.getIndex() + "]" : path.isEmpty() ? name : "." + name);
    }
    return path.toString();
  }

  private String problem() {
    String problem = problemOfMachine(vcpus);
    if (problem != null) {
      return "vcpus: " + problem;
    }
    if (serviceNanos < 0 || serviceNanos > MAX_SERVICE_NANOS) {
      return "serviceNanos: must be from 0 to " + MAX_SERVICE_NANOS;
    }
    Set<String> names = new HashSet<>();
    long queues = 0;
    for (Device device : devices) {
      if (device == null || device.name() == null || !names.add(device.name())) {
        return "devices: each needs a name of its own";
      }
      if (device.queues() < 1) {
        return "device " + device.name() + ": must have 1 or more queues";
      }
      queues += device.queues();
    }
    int room = InterruptMap.COUNT - InterruptMap.FIRST_MSI;
    if (queues > room) {
      return "devices: have " + queues + " queues; a machine has room for " + room;
    }
    Set<String> ruleNames = new HashSet<>();
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (rule == null || rule.name() == null || !ruleNames.add(rule.name())) {
        return "rule " + (i + 1) + ": needs a name of its own";
      }
      String wrong = problem(rule, names);
      if (wrong != null) {
        return "rule " + rule.name() + ": " + wrong;
      }
    }
    return rules.isEmpty() ? "rules: there are none" : null;
  }

  private static String problem(Rule rule, Set<String> deviceNames) {
    if (rule.event() == null || rule.event().isBlank()) {
      return "must name an event, such as jdk.ThreadPark";
    }
    if (rule.interrupt() == null) {
      return "must name an interrupt: ipi, ipi-all or msi";
    }
    boolean msi = rule.interrupt() == Interrupt.MSI;
    if (msi && !deviceNames.contains(rule.device())) {
      return rule.device() == null
          ? "an msi needs a device"
          : "there is no device " + rule.device() + " in devices";
    }
    if (!msi && (rule.device() != null || !rule.queueBy().isEmpty())) {
      return "device and queueBy are for an msi";
    }
    if (msi && (rule.from() != null || rule.to() != null)) {
      return "from and to are for IPIs";
    }
    if (rule.interrupt() == Interrupt.IPI && rule.to() == null) {
      return "an ipi needs to, the field of the thread that it wakes";
    }
    if (rule.interrupt() == Interrupt.IPI_ALL && rule.to() != null) {
      return "an ipi-all has no to";
    }
    if (rule.minDurationNanos() < 0) {
      return "minDurationNanos must not be negative";
    }
    if (rule.queueBy().stream().anyMatch(Objects::isNull)) {
      return "queueBy must have names of fields";
    }
    for (Map.Entry<String, JsonNode> condition : rule.when().entrySet()) {
      if (!condition.getValue().isValueNode()) {
        return "when." + condition.getKey() + " must be a number, a text, true or false";
      }
    }
    return null;
  }

  /** What is wrong with a number of vCPUs, or null. */
  public static String problemOfMachine(int vcpus) {
    return vcpus < 1 || vcpus > 1024 ? vcpus + " vCPUs; must be from 1 to 1024" : null;
  }
}
