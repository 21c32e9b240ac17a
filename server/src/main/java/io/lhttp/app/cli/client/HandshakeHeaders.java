package io.lhttp.app.cli.client;

import io.lhttp.app.run.Failure;
import io.lhttp.client.LhttpClient;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The option {@code --header} of {@code lhttp connect}. */
final class HandshakeHeaders {
  @Option(
      names = "--header",
      paramLabel = "NAME:VALUE",
      description = "A header of the handshake, such as Cookie or Host; may stand several times.")
  private List<String> headers = new ArrayList<>();

  /**
   * Adds the headers to the builder of a client.
   *
   * @throws Failure if a header has no name
   * @throws IllegalArgumentException if a name or value can't be a header's
   */
  void addTo(LhttpClient.Builder client) throws Failure {
    // A name that DNS does not know yet: the JDK reads this once, before its first request.
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
    for (var header : headers) {
      var colon = header.indexOf(':');
      if (colon < 1) {
        throw new Failure("--header " + header + ": expected NAME:VALUE");
      }
      client.header(header.substring(0, colon).strip(), header.substring(colon + 1).strip());
    }
  }
}
