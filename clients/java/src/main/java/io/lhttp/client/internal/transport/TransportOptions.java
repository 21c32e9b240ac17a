package io.lhttp.client.internal.transport;

import io.lhttp.message.Header;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** The options of a client that transports need. Immutable. */
public record TransportOptions(
    URI server,
    List<Header> headers,
    Consumer<HttpClient.Builder> http,
    Duration connectTimeout,
    Duration probeInterval,
    int maxReceivedBytes) {
  public TransportOptions {
    headers = List.copyOf(headers);
  }
}
