package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.function.Supplier;
import org.xivebench.replay.OutputFile;

/** Where {@code --json} sends the result: a file, standard output, or nowhere. */
final class JsonOutput implements Closeable {
  private final OutputFile file;
  private final PrintStream stream;

  private JsonOutput(OutputFile file, PrintStream stream) {
    this.file = file;
    this.stream = stream;
  }

  /** For a command that is not asked for JSON. */
  static JsonOutput none() {
    return new JsonOutput(null, null);
  }

  static JsonOutput to(OutputFile file) {
    return new JsonOutput(file, null);
  }

  static JsonOutput to(PrintStream stream) {
    return new JsonOutput(null, stream);
  }

  /**
   * Writes the result, as UTF-8 and indented; a file appears only now. The tree is made if needed.
   */
  void write(Supplier<? extends JsonNode> result) throws IOException {
    if (stream != null) {
      stream.write(toBytes(result.get()));
      stream.flush();
    } else if (file != null) {
      try (OutputStream out = file.newStream()) {
        out.write(toBytes(result.get()));
      }
      file.commit();
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }

  private static byte[] toBytes(JsonNode tree) throws IOException {
    String text = new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(tree);
    return (text + "\n").getBytes(UTF_8);
  }
}
