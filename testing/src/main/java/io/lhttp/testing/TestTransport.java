package io.lhttp.testing;

import io.lhttp.server.Transport;

/**
 * The transport of the servers that tests start; {@link EachTransport} sets it. It is apart because
 * {@link LhttpServerExtension} also runs with a JUnit that has no class templates. Tests run one
 * after the other.
 */
final class TestTransport {
  @SuppressWarnings("NonFinalStaticField") // tests run one after the other
  private static volatile Transport current = Transport.AUTO;

  private TestTransport() {}

  static Transport current() {
    return current;
  }

  static void set(Transport transport) {
    current = transport;
  }
}
