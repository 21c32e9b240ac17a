package io.lhttp.app.assembly;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Files that travel with the classes. */
public final class Resources {
  private Resources() {}

  /** The client for browsers and Node, as it stands in {@code clients/js}. */
  static byte[] javaScriptClient() {
    return read("lhttp.js");
  }

  /** What scripts find, for editors; it travels with the script host. */
  public static byte[] scriptTypes() {
    return read("/io/lhttp/scripts/lhttp.d.ts");
  }

  /** A file of the class path; a relative name begins at the application's folder. */
  public static byte[] read(String name) {
    try (var in =
        Resources.class.getResourceAsStream(
            name.startsWith("/") ? name : "/io/lhttp/app/" + name)) {
      if (in == null) {
        throw new FileNotFoundException(name + " is missing beside the classes");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
