package io.lhttp.testing;

import io.lhttp.server.Transport;

/**
 * The transport of the servers that tests start; {@link EachTransport} sets it. It is a class of
 * its own, because {@link LhttpServerExtension} also runs with a JUnit version that lacks the types
 * of {@link EachTransport}.
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
