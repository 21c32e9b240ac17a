package io.lhttp.app.cli;

import io.lhttp.app.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A folder, and commands that print into texts. */
abstract class CommandFixture {
  final StringWriter out = new StringWriter();
  final StringWriter err = new StringWriter();
  @TempDir Path folder;

  /** Runs a command. Returns its exit code. */
  int run(String... arguments) {
    return Main.run(new Output(new PrintWriter(out, true), new PrintWriter(err, true)), arguments);
  }

  void write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
