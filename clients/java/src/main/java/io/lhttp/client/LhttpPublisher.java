package io.lhttp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.lhttp.message.Message;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Publishes over HTTP, without a connection that stays: {@code POST /publish}. Safe for all
 * threads.
 */
public final class LhttpPublisher implements AutoCloseable {
  /** An answer is a line of JSON; more is not read. */
  private static final int MAX_ANSWER_BYTES = 64 * 1024;

  private final URI address;
  private final Supplier<HttpRequest.Builder> requests;
  private final Duration timeout;
  private final HttpClient http;

  /** Nobody else knows it: a retry with the same {@code message-id} is known by it. */
  private final String session = UUID.randomUUID().toString();

  private LhttpPublisher(Builder builder) {
    address = builder.address;
    timeout = builder.timeout;
    requests = builder::request;
    var settings = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    builder.http.accept(settings);
    http = settings.build();
  }

  /**
   * @param address where to post to, such as {@code http://localhost:8081/publish}
   */
  public static Builder builder(URI address) {
    return new Builder(address);
  }

  /**
   * Publishes a text message.
   *
   * @param headers further headers, in the map's order
   * @return to how many channels it was published
   * @throws RequestRefusedException where the server refuses it
   * @throws IOException where the server can't be reached, or does not answer in time or as agreed
   */
  public int publish(
      Collection<String> channels, String command, Map<String, String> headers, String body)
      throws IOException, InterruptedException {
    var message = Message.builder(command).header("publish", ChannelNames.list(channels));
    headers.forEach(message::header);
    return publish(message.body(body).build());
  }

  /**
   * Publishes a message to the channels that its header {@code publish} names. A channel with a
   * history takes a message with a {@code message-id} once, however often it is published here.
   *
   * @throws RequestRefusedException where the server refuses it
   * @throws IOException where the server can't be reached, or does not answer in time or as agreed
   */
  public int publish(Message message) throws IOException, InterruptedException {
    if (!message.headers().has("publish")) {
      throw new IllegalArgumentException("the message names no channel in a header 'publish'");
    }
    var type =
        switch (message.format()) {
          case TEXT -> "text/plain; charset=utf-8";
          case BINARY -> "application/octet-stream";
        };
    var request =
        requests
            .get()
            .setHeader("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofByteArray(Retries.known(message, session).toBytes()))
            .build();
    return channels(send(request));
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  /** The time-out covers the answer's body too, unlike the JDK's own. */
  private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    var body =
        HttpResponse.BodyHandlers.limiting(
            HttpResponse.BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES);
    var answer = http.sendAsync(request, body);
    try {
      return answer.get(timeout.toNanos(), NANOSECONDS);
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("no answer from %s within %s".formatted(address, timeout));
    } catch (ExecutionException e) {
      throw new IOException("publishing to %s failed".formatted(address), e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  private int channels(HttpResponse<byte[]> response) throws IOException {
    var status = response.statusCode();
    var body = new String(response.body(), UTF_8);
    if (status == 200) {
      return PublishAnswer.channels(body)
          .orElseThrow(
              () -> new IOException("%s did not answer as an LHTTP server".formatted(address)));
    }
    if (status < 400) {
      throw new IOException("%s answered with HTTP status %d".formatted(address, status));
    }
    throw new RequestRefusedException(
        status,
        PublishAnswer.error(body).orElse(""),
        response.headers().firstValue("retry-after").flatMap(RetryAfter::ofHeader));
  }

  /** What a publisher may be told. Not thread-safe. */
  public static final class Builder {
    private final URI address;
    private final HttpRequest.Builder template;
    private Supplier<String> token = () -> "";
    private Duration timeout = Duration.ofSeconds(30);
    private Consumer<HttpClient.Builder> http = _ -> {};

    private Builder(URI address) {
      var scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
      if (!List.of("http", "https").contains(scheme) || address.getHost() == null) {
        throw new IllegalArgumentException(
            "an address to publish to is http://HOST/… or https://HOST/…, this is not: " + address);
      }
      this.address = address;
      this.template = HttpRequest.newBuilder(address);
    }

    /** Adds a header to every request. */
    public Builder header(String name, String value) {
      template.header(name, value);
      return this;
    }

    /**
     * Who gives the token that is sent as {@code Authorization: Bearer}; asked for each message.
     */
    public Builder token(Supplier<String> supplier) {
      this.token = supplier;
      return this;
    }

    /** How long a publish may take. Default: 30 seconds. */
    public Builder timeout(Duration timeout) {
      this.timeout = LhttpClient.Builder.positive("timeout", timeout);
      return this;
    }

    /** Adds to the settings of the JDK's client: TLS, a proxy, an executor. */
    public Builder http(Consumer<HttpClient.Builder> settings) {
      this.http = settings;
      return this;
    }

    public LhttpPublisher build() {
      return new LhttpPublisher(this);
    }

    private HttpRequest.Builder request() {
      var request = template.copy();
      var bearer = token.get();
      return bearer.isEmpty()
          ? request
          : request.setHeader("Authorization", "Bearer " + Tokens.require(bearer));
    }
  }
}
