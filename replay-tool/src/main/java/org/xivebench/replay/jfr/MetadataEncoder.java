package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the metadata of the declared events; {@link Metadata} has the layout. */
final class MetadataEncoder {
  /** Type numbers. 0 and 1 are metadata and checkpoints. */
  static final int THREAD = 20;

  static final int STRING = 21;
  private static final int FIRST_PRIMITIVE = 30;

  /** Low, since each event has it: one byte, for the first of them. Annotations come behind. */
  static final int FIRST_EVENT_TYPE = 50;

  private static final String ANNOTATION = "java.lang.annotation.Annotation";
  private static final String CONTENT_TYPE = "jdk.jfr.ContentType";

  /** Annotations that give a number its unit, and are marked so for tools. */
  private static final List<String> CONTENT_TYPES =
      List.of(
          "jdk.jfr.Timestamp",
          "jdk.jfr.Timespan",
          "jdk.jfr.DataAmount",
          "jdk.jfr.Frequency",
          "jdk.jfr.MemoryAddress",
          "jdk.jfr.Percentage",
          "jdk.jfr.Unsigned");

  private static final class Element {
    final String name;
    final Map<String, String> attributes = new LinkedHashMap<>();
    final List<Element> children = new ArrayList<>();

    Element(String name) {
      this.name = name;
    }

    Element with(String attribute, String value) {
      attributes.put(attribute, value);
      return this;
    }

    Element add(Element child) {
      children.add(child);
      return this;
    }
  }

  private final Element root = new Element("root");
  private final Element metadata = new Element("metadata");
  private final Map<FieldType, Integer> primitives = new LinkedHashMap<>();
  private final Map<String, Integer> annotationTypes = new LinkedHashMap<>();
  private final Map<String, Integer> words = new LinkedHashMap<>();

  MetadataEncoder(List<EventEncoder> events) {
    root.add(metadata);
    root.add(new Element("region").with("locale", "en_US").with("gmtOffset", "0"));
    int id = FIRST_PRIMITIVE;
    for (FieldType type : FieldType.values()) {
      if (type == FieldType.THREAD) {
        primitives.put(type, THREAD);
      } else if (type == FieldType.TEXT) {
        primitives.put(type, STRING);
      } else {
        int typeId = type == FieldType.STRING ? STRING : id++;
        primitives.put(type, typeId);
        metadata.add(type(type.typeName(), typeId));
      }
    }
    metadata.add(
        type(FieldType.THREAD.typeName(), THREAD)
            .add(field("osName", FieldType.STRING))
            .add(field("osThreadId", FieldType.LONG))
            .add(field("javaName", FieldType.STRING))
            .add(field("javaThreadId", FieldType.LONG)));
    declareAnnotations(events);
    for (EventEncoder event : events) {
      metadata.add(event(event));
    }
    collect(root);
  }

  private static Element type(String name, int id) {
    return new Element("class").with("name", name).with("id", Integer.toString(id));
  }

  private Element field(String name, FieldType type) {
    return new Element("field")
        .with("name", name)
        .with("class", Integer.toString(primitives.get(type)));
  }

  private void declareAnnotations(List<EventEncoder> events) {
    Map<String, AnnotationInfo> used = new LinkedHashMap<>();
    used.put(CONTENT_TYPE, new AnnotationInfo(CONTENT_TYPE, Map.of()));
    for (EventEncoder event : events) {
      event.declaration().annotations().forEach(a -> used.putIfAbsent(a.type(), a));
      for (FieldDeclaration field : event.declaration().recordFields()) {
        field.annotations().forEach(a -> used.putIfAbsent(a.type(), a));
      }
    }
    int id = FIRST_EVENT_TYPE + events.size();
    for (String name : used.keySet()) {
      annotationTypes.put(name, id++);
    }
    for (AnnotationInfo annotation : used.values()) {
      Element type =
          type(annotation.type(), annotationTypes.get(annotation.type()))
              .with("superType", ANNOTATION);
      if (annotation.values().containsKey("value")) {
        type.add(field("value", FieldType.STRING));
      } else if (annotation.values().containsKey("value-0")) {
        type.add(field("value", FieldType.STRING).with("dimension", "1"));
      }
      if (CONTENT_TYPES.contains(annotation.type())) {
        type.add(annotation(new AnnotationInfo(CONTENT_TYPE, Map.of())));
      }
      metadata.add(type);
    }
  }

  private Element annotation(AnnotationInfo annotation) {
    Element element =
        new Element("annotation")
            .with("class", Integer.toString(annotationTypes.get(annotation.type())));
    new TreeMap<>(annotation.values()).forEach(element::with); // equal input, equal file
    return element;
  }

  private Element event(EventEncoder encoder) {
    EventDeclaration declaration = encoder.declaration();
    Element type = type(declaration.name(), encoder.typeId()).with("superType", "jdk.jfr.Event");
    declaration.annotations().forEach(a -> type.add(annotation(a)));
    for (FieldDeclaration declared : declaration.recordFields()) {
      Element field = field(declared.name(), declared.type());
      if (declared.type() == FieldType.THREAD) {
        field.with("constantPool", "true");
      }
      declared.annotations().forEach(a -> field.add(annotation(a)));
      type.add(field);
    }
    return type;
  }

  private void collect(Element element) {
    words.putIfAbsent(element.name, words.size());
    element.attributes.forEach(
        (key, value) -> {
          words.putIfAbsent(key, words.size());
          words.putIfAbsent(value, words.size());
        });
    element.children.forEach(this::collect);
  }

  void write(JfrWriter writer) {
    writer.ensure(16);
    writer.putVarint(words.size());
    for (String word : words.keySet()) {
      writer.ensure(16);
      writer.putText(word);
    }
    write(writer, root);
  }

  private void write(JfrWriter writer, Element element) {
    writer.ensure(32 + 20 * element.attributes.size());
    writer.putVarint(words.get(element.name));
    writer.putVarint(element.attributes.size());
    element.attributes.forEach(
        (key, value) -> {
          writer.putVarint(words.get(key));
          writer.putVarint(words.get(value));
        });
    writer.putVarint(element.children.size());
    for (Element child : element.children) {
      write(writer, child);
    }
  }
}
