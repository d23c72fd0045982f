package org.xivebench.replay.jfr;

/**
 * A method of the recorded JVM.
 *
 * @param className such as {@code java.util.HashMap}; empty when the recording does not say
 * @param name such as {@code get}
 * @param descriptor such as {@code (Ljava/lang/Object;)Ljava/lang/Object;}
 */
public record MethodInfo(String className, String name, String descriptor) {
  static MethodInfo of(Struct method) {
    return new MethodInfo(
        className(method.get("type")), text(method.get("name")), text(method.get("descriptor")));
  }

  private static String text(Object value) {
    return value == null ? "" : value.toString();
  }

  /** The name of a {@code java.lang.Class} constant in the form of the Java language. */
  static String className(Object type) {
    if (!(type instanceof Struct clazz)) {
      return "";
    }
    Object name = clazz.get("name");
    return name == null ? "" : javaName(name.toString());
  }

  /** {@code java/lang/String} to {@code java.lang.String}, {@code [[I} to {@code int[][]}. */
  static String javaName(String internal) {
    int dimensions = 0;
    while (dimensions < internal.length() && internal.charAt(dimensions) == '[') {
      dimensions++;
    }
    if (dimensions == 0) {
      return internal.replace('/', '.');
    }
    String element = internal.substring(dimensions);
    String name =
        switch (element) {
          case "Z" -> "boolean";
          case "B" -> "byte";
          case "C" -> "char";
          case "S" -> "short";
          case "I" -> "int";
          case "J" -> "long";
          case "F" -> "float";
          case "D" -> "double";
          default ->
              element.startsWith("L") && element.endsWith(";")
                  ? element.substring(1, element.length() - 1).replace('/', '.')
                  : element.replace('/', '.');
        };
    return name + "[]".repeat(dimensions);
  }

  /** Class and method, joined by a dot. */
  @Override
  public String toString() {
    return className.isEmpty() ? name : className + "." + name;
  }
}
