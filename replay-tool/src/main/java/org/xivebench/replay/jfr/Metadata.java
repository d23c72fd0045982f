package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The types that one chunk declares. Every chunk brings its own, and a recording may hold chunks of
 * several JVMs, so type numbers mean nothing outside of their chunk.
 *
 * <p>In the file it is a record of type 0: {@code size, 0, start, duration, id}, a table of
 * strings, and a tree of elements {@code name, attributes (name, value)…, children…} whose words
 * are indexes into that table: {@code root} has {@code metadata} with the {@code class} elements,
 * and {@code region}.
 */
public final class Metadata {
  /** Type number of metadata records. */
  static final long TYPE = 0;

  private static final int MAX_DEPTH = 16;

  private final Map<Long, TypeInfo> typesById;
  private final Map<String, TypeInfo> typesByName;
  private final Map<String, String> region;

  private Metadata(Map<Long, TypeInfo> typesById, Map<String, String> region) {
    this.typesById = typesById;
    this.typesByName = new LinkedHashMap<>();
    for (TypeInfo type : typesById.values()) {
      typesByName.putIfAbsent(type.name(), type);
    }
    this.region = region;
  }

  /** All types, in the order of the file. */
  public Collection<TypeInfo> types() {
    return typesById.values();
  }

  /** The event types, in the order of the file. */
  public List<TypeInfo> eventTypes() {
    return typesById.values().stream().filter(TypeInfo::isEvent).toList();
  }

  /** The type with that number, or null. */
  public TypeInfo type(long id) {
    return typesById.get(id);
  }

  /** The first type of that name, or null. */
  public TypeInfo type(String name) {
    return typesByName.get(name);
  }

  /** Offset of the recording machine's time zone from UTC, in milliseconds; 0 if not recorded. */
  public int gmtOffsetMillis() {
    try {
      return Integer.parseInt(region.getOrDefault("gmtOffset", "0"));
    } catch (NumberFormatException e) {
      return 0; // the offset serves display only; nonsense there is no reason to refuse the chunk
    }
  }

  /** An element of the tree. */
  private static final class Element {
    final String name;
    final Map<String, String> attributes = new HashMap<>();
    final List<Element> children = new ArrayList<>();

    Element(String name) {
      this.name = name;
    }
  }

  /**
   * Reads a metadata record.
   *
   * @param in positioned after the record's size and type
   * @throws BadRecordException if the bytes are not metadata
   */
  static Metadata parse(RecordBytes in) throws BadRecordException {
    return parse(in, false);
  }

  /**
   * Reads what there is of a metadata record that is cut off.
   *
   * @throws BadRecordException if not one type is left
   */
  static Metadata parseCutOff(RecordBytes in) throws BadRecordException {
    return parse(in, true);
  }

  private static Metadata parse(RecordBytes in, boolean cutOff) throws BadRecordException {
    skipHead(in);
    return parseContent(in, cutOff);
  }

  /** Gets over what changes from one record to the next though the types are the same. */
  static void skipHead(RecordBytes in) throws BadRecordException {
    in.varint(); // start
    in.varint(); // duration
    in.varint(); // number of this version of the metadata in its JVM; tells nothing across JVMs
  }

  /** Reads what {@link #skipHead} leaves. */
  static Metadata parseContent(RecordBytes in) throws BadRecordException {
    return parseContent(in, false);
  }

  private static Metadata parseContent(RecordBytes in, boolean cutOff) throws BadRecordException {
    String[] strings = new String[in.count(1)];
    for (int i = 0; i < strings.length; i++) {
      strings[i] = in.string();
    }
    Element root = element(in, strings, 0, cutOff);
    Map<Long, TypeInfo> types = new LinkedHashMap<>();
    Map<String, String> region = Map.of();
    for (Element child : root.children) {
      if (child.name.equals("metadata")) {
        Map<String, String> names = new HashMap<>();
        for (Element declared : child.children) {
          names.put(declared.attributes.get("id"), declared.attributes.get("name"));
        }
        for (Element declared : child.children) {
          if (declared.name.equals("class")) {
            TypeInfo type = type(in, declared, names);
            types.put(type.id(), type);
          }
        }
      } else if (child.name.equals("region")) {
        region = child.attributes;
      }
    }
    if (types.isEmpty()) {
      throw in.bad("the metadata declares no types");
    }
    if (cutOff) {
      dropIncomplete(types);
    }
    for (TypeInfo type : types.values()) {
      for (FieldInfo field : type.fields()) {
        TypeInfo fieldType = types.get(field.typeId());
        if (fieldType == null) {
          throw in.bad(
              "field "
                  + type.name()
                  + "."
                  + field.name()
                  + " has the undeclared type "
                  + field.typeId());
        }
        field.link(fieldType);
      }
    }
    return new Metadata(types, region);
  }

  /** Removes the types that need a type that is missing. */
  private static void dropIncomplete(Map<Long, TypeInfo> types) {
    while (types
        .values()
        .removeIf(type -> type.fields().stream().anyMatch(f -> !types.containsKey(f.typeId())))) {
      // until the ones that are left need none that went
    }
  }

  private static Element element(RecordBytes in, String[] strings, int depth, boolean cutOff)
      throws BadRecordException {
    if (depth > MAX_DEPTH) {
      throw in.bad("the metadata is nested more than " + MAX_DEPTH + " deep");
    }
    Element element = new Element(word(in, strings));
    int attributes = in.count(2);
    for (int i = 0; i < attributes; i++) {
      String key = word(in, strings);
      element.attributes.put(key, word(in, strings));
    }
    int children = in.count(3);
    for (int i = 0; i < children; i++) {
      try {
        element.children.add(element(in, strings, depth + 1, cutOff));
      } catch (BadRecordException e) {
        if (!cutOff) {
          throw e;
        }
        break; // what follows is missing; what came before is whole
      }
    }
    return element;
  }

  private static String word(RecordBytes in, String[] strings) throws BadRecordException {
    long index = in.varint();
    if (index < 0 || index >= strings.length) {
      throw in.bad("the metadata uses string " + index + " of " + strings.length);
    }
    String word = strings[(int) index];
    return word == null ? "" : word;
  }

  private static TypeInfo type(RecordBytes in, Element declared, Map<String, String> names)
      throws BadRecordException {
    List<AnnotationInfo> annotations = new ArrayList<>();
    List<FieldInfo> fields = new ArrayList<>();
    for (Element member : declared.children) {
      if (member.name.equals("annotation")) {
        annotations.add(annotation(in, member, names));
      } else if (member.name.equals("field")) {
        List<AnnotationInfo> fieldAnnotations = new ArrayList<>();
        for (Element child : member.children) {
          if (child.name.equals("annotation")) {
            fieldAnnotations.add(annotation(in, child, names));
          }
        }
        fields.add(
            new FieldInfo(
                text(in, member, "name"),
                number(in, member, "class"),
                member.attributes.containsKey("constantPool"),
                !member.attributes.getOrDefault("dimension", "0").equals("0"),
                fieldAnnotations));
      }
    }
    return new TypeInfo(
        number(in, declared, "id"),
        text(in, declared, "name"),
        declared.attributes.get("superType"),
        declared.attributes.containsKey("simpleType"),
        annotations,
        fields);
  }

  private static AnnotationInfo annotation(
      RecordBytes in, Element element, Map<String, String> names) throws BadRecordException {
    String id = text(in, element, "class");
    Map<String, String> values = new HashMap<>(element.attributes);
    values.remove("class");
    String type = names.get(id);
    if (type == null) {
      throw in.bad("an annotation has the undeclared type " + id);
    }
    return new AnnotationInfo(type, values);
  }

  private static String text(RecordBytes in, Element element, String attribute)
      throws BadRecordException {
    String text = element.attributes.get(attribute);
    if (text == null) {
      throw in.bad("a " + element.name + " in the metadata has no " + attribute);
    }
    return text;
  }

  private static long number(RecordBytes in, Element element, String attribute)
      throws BadRecordException {
    String text = text(in, element, attribute);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw in.bad(
          "a " + element.name + " in the metadata has the " + attribute + " '" + text + "'");
    }
  }
}
