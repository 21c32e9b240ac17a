package io.lhttp.app.cli;

import io.lhttp.app.FolderFixture;
import io.lhttp.app.Main;
import java.io.PrintWriter;
import java.io.StringWriter;

/** A folder, and commands that print into texts. */
public abstract class CommandFixture extends FolderFixture {
  protected final StringWriter out = new StringWriter();
  protected final StringWriter err = new StringWriter();

  /** Runs a command. Returns its exit code. */
  protected int run(String... arguments) {
    return Main.run(new Output(new PrintWriter(out, true), new PrintWriter(err, true)), arguments);
  }
}
