package io.lhttp.app;

import io.lhttp.app.cli.Output;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** The parser of the command line. */
public final class Commands {
  private Commands() {}

  /** All commands, printing to nowhere. */
  public static CommandLine all() {
    var nowhere = new PrintWriter(new StringWriter());
    return Main.commands(new Output(nowhere, nowhere));
  }
}
