package io.lhttp.app.cli;

import io.lhttp.app.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

/** Makes applications as {@code lhttp new} does. */
public final class NewApplications {
  private NewApplications() {}

  /** Makes an application in an empty folder, by {@code new} with options. */
  public static void make(String command, Path folder) {
    var printed = new StringWriter();
    var to = new PrintWriter(printed, true);
    if (Main.run(new Output(to, to), (command + " " + folder).split(" ", -1)) != 0) {
      throw new AssertionError(printed.toString());
    }
  }
}
