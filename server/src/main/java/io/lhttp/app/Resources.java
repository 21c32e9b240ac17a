package io.lhttp.app;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Files that travel with the classes. */
final class Resources {
  private Resources() {}

  /** The client for browsers and Node, as it stands in {@code clients/js}. */
  static byte[] javaScriptClient() {
    try (var in = Resources.class.getResourceAsStream("lhttp.js")) {
      if (in == null) {
        throw new FileNotFoundException("lhttp.js is missing beside the classes");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
