package org.xivebench.replay.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.function.Supplier;
import org.xivebench.replay.OutputException;
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
      write(result.get(), stream);
      if (stream.checkError()) {
        throw new OutputException("standard output");
      }
    } else if (file != null) {
      try (OutputStream out = file.newStream()) {
        write(result.get(), out);
      }
      file.commit();
    }
  }

  private static void write(JsonNode tree, OutputStream out) throws IOException {
    // As a stream: the text of a large result takes more memory than the result.
    JsonMapper.builder()
        .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
        .build()
        .writerWithDefaultPrettyPrinter()
        .writeValue(out, tree);
    out.write('\n');
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
