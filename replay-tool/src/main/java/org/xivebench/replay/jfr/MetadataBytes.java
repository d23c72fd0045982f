package org.xivebench.replay.jfr;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes metadata anew, for chunks whose own record is cut off: what was read of it, in the layout
 * that {@link Metadata} describes.
 */
final class MetadataBytes {
  /** What follows the table of strings: words of the table, and counts. */
  private final List<Object> tokens = new ArrayList<>();

  private final Metadata metadata;

  private MetadataBytes(Metadata metadata) {
    this.metadata = metadata;
  }

  /** The record behind its version number. */
  static byte[] of(Metadata metadata) {
    return new MetadataBytes(metadata).bytes();
  }

  private byte[] bytes() {
    begin("root", Map.of(), 2);
    begin("metadata", Map.of(), metadata.types().size());
    metadata.types().forEach(this::type);
    Map<String, String> region = new LinkedHashMap<>();
    region.put("locale", "en_US");
    region.put("gmtOffset", Integer.toString(metadata.gmtOffsetMillis()));
    begin("region", region, 0);

    Map<String, Integer> words = new LinkedHashMap<>();
    for (Object token : tokens) {
      if (token instanceof String word) {
        words.putIfAbsent(word, words.size());
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    varint(out, words.size());
    for (String word : words.keySet()) {
      byte[] text = word.getBytes(UTF_8);
      out.write(RecordBytes.STRING_UTF8);
      varint(out, text.length);
      out.writeBytes(text);
    }
    for (Object token : tokens) {
      varint(out, token instanceof Integer count ? count : words.get(token));
    }
    return out.toByteArray();
  }

  /** Begins an element; its children follow, as many as are said here. */
  private void begin(String name, Map<String, String> attributes, int children) {
    tokens.add(name);
    tokens.add(attributes.size());
    attributes.forEach(
        (key, value) -> {
          tokens.add(key);
          tokens.add(value);
        });
    tokens.add(children);
  }

  private void type(TypeInfo type) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("name", type.name());
    attributes.put("id", Long.toString(type.id()));
    if (type.superType() != null) {
      attributes.put("superType", type.superType());
    }
    if (type.isSimple()) {
      attributes.put("simpleType", "true");
    }
    List<AnnotationInfo> annotations = declared(type.annotations());
    begin("class", attributes, annotations.size() + type.fields().size());
    annotations.forEach(this::annotation);
    type.fields().forEach(this::field);
  }

  private void field(FieldInfo field) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("name", field.name());
    attributes.put("class", Long.toString(field.typeId()));
    if (field.isConstant()) {
      attributes.put("constantPool", "true");
    }
    if (field.isArray()) {
      attributes.put("dimension", "1");
    }
    List<AnnotationInfo> annotations = declared(field.annotations());
    begin("field", attributes, annotations.size());
    annotations.forEach(this::annotation);
  }

  /** Those whose type is left. */
  private List<AnnotationInfo> declared(List<AnnotationInfo> annotations) {
    return annotations.stream().filter(a -> metadata.type(a.type()) != null).toList();
  }

  private void annotation(AnnotationInfo annotation) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("class", Long.toString(metadata.type(annotation.type()).id()));
    attributes.putAll(annotation.values());
    begin("annotation", attributes, 0);
  }

  private static void varint(ByteArrayOutputStream out, int value) {
    byte[] bytes = new byte[9];
    out.write(bytes, 0, Bytes.putVarint(bytes, 0, value));
  }
}
