package io.lhttp.app.assembly;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Files that the server's jar contains. */
public final class Resources {
  private Resources() {}

  /** The client for browsers and Node, from {@code clients/js}. */
  static byte[] javaScriptClient() {
    return read("lhttp.js");
  }

  /**
   * The TypeScript types of the objects that scripts use, for editors. They are in the jar of the
   * script host.
   */
  public static byte[] scriptTypes() {
    return read("/io/lhttp/scripts/lhttp.d.ts");
  }

  /** Reads a file of the class path; a relative name begins at {@code io/lhttp/app/}. */
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
