package io.lhttp.scripts.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Reads the JavaScript that the jars of this server bring along. */
public final class ScriptResources {
  private static final String FOLDER = "/io/lhttp/scripts/";

  private ScriptResources() {}

  /**
   * Returns the text of a resource.
   *
   * @param name a file beside the classes of scripts, or an absolute name
   */
  public static String text(String name) {
    try (var in = ScriptResources.class.getResourceAsStream(absolute(name))) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing");
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String absolute(String name) {
    return name.startsWith("/") ? name : FOLDER + name;
  }
}
