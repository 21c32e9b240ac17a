package io.lhttp.client;

import io.lhttp.client.internal.transport.TransportOptions;
import io.lhttp.message.Header;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** The options of a client. {@link LhttpClient.Builder} documents and checks each. Immutable. */
record ClientOptions(
    URI server,
    List<Header> headers,
    Consumer<HttpClient.Builder> http,
    Executor executor,
    Listener listener,
    Token token,
    String session,
    boolean reconnect,
    Duration requestTimeout,
    Duration connectTimeout,
    Duration backoffBase,
    Duration backoffMax,
    Duration probeInterval,
    int maxQueued,
    int maxQueuedBytes,
    int maxMessageBytes,
    int maxReceivedBytes) {
  ClientOptions {
    headers = List.copyOf(headers);
  }

  TransportOptions transport() {
    return new TransportOptions(
        server, headers, http, connectTimeout, probeInterval, maxReceivedBytes);
  }
}
