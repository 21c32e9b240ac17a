package io.lhttp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.lhttp.client.internal.protocol.ChannelNames;
import io.lhttp.client.internal.protocol.OptionChecks;
import io.lhttp.client.internal.protocol.PublicationSession;
import io.lhttp.client.internal.protocol.PublishAnswer;
import io.lhttp.client.internal.protocol.RetryAfter;
import io.lhttp.client.internal.transport.LimitedBody;
import io.lhttp.client.internal.transport.NewerJdk;
import io.lhttp.message.Message;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Publishes over HTTP by {@code POST /publish}, without a permanent connection. All threads may use
 * it.
 */
public final class LhttpPublisher implements AutoCloseable {
  /** The longest answer in bytes that is read. A real answer is one line of JSON. */
  private static final int MAX_ANSWER_BYTES = 64 * 1024;

  private final Options options;
  private final HttpClient http;

  /**
   * The name by which the server recognises a repeated {@code message-id}. It is a secret, so that
   * no other client can suppress this publisher's messages.
   */
  private final String session = UUID.randomUUID().toString();

  /**
   * The options of a publisher.
   *
   * @param template a request without its body; copied for each message
   */
  private record Options(
      URI address,
      HttpRequest.Builder template,
      TokenSource token,
      Duration timeout,
      Consumer<HttpClient.Builder> http) {
    Options {
      template = template.copy();
    }
  }

  /** Whether the server has refused the last message because of its token. */
  private volatile boolean refused;

  private LhttpPublisher(Options options) {
    this.options = options;
    var settings = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    options.http.accept(settings);
    http = settings.build();
  }

  /**
   * Creates a builder of a publisher.
   *
   * @param address the URL, such as {@code http://localhost:8081/publish}
   */
  public static Builder builder(URI address) {
    return new Builder(address);
  }

  /**
   * Publishes a text message.
   *
   * @param headers further headers, in the map's order
   * @return the number of channels to which the message was published
   * @throws RequestRefusedException if the server refuses the message
   * @throws IOException if the server can't be reached, or does not answer in time or as agreed
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
   * history stores a message with a {@code message-id} once, however often this publisher publishes
   * it.
   *
   * @throws RequestRefusedException if the server refuses the message
   * @throws IOException if the server can't be reached, or does not answer in time or as agreed
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
        request()
            .setHeader("Content-Type", type)
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    PublicationSession.added(message, session).toBytes()))
            .build();
    return channels(send(request));
  }

  /**
   * Ends publications that are under way with an {@link IOException}. Below JDK 21 they continue
   * until their time-out.
   */
  @Override
  public void close() {
    NewerJdk.shutdownNow(http);
  }

  private HttpRequest.Builder request() throws IOException, InterruptedException {
    String token;
    try {
      token = options.token.token(refused);
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the token source failed", e);
    }
    var request = options.template.copy();
    return token.isEmpty()
        ? request
        : request.setHeader("Authorization", "Bearer " + Token.require(token));
  }

  /**
   * Sends a request. The time limit covers the answer's body too, unlike the JDK's own time limit.
   */
  private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    var answer = http.sendAsync(request, info -> new LimitedBody(MAX_ANSWER_BYTES));
    try {
      return answer.get(options.timeout.toNanos(), NANOSECONDS);
    } catch (TimeoutException e) {
      throw new HttpTimeoutException(
          "no answer from %s within %s".formatted(options.address, options.timeout));
    } catch (ExecutionException e) {
      throw new IOException("publishing to %s failed".formatted(options.address), e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  private int channels(HttpResponse<byte[]> response) throws IOException {
    var status = response.statusCode();
    refused = status == 401;
    var body = new String(response.body(), UTF_8);
    if (status == 200) {
      return PublishAnswer.channels(body)
          .orElseThrow(() ->
              new IOException("%s did not answer as an LHTTP server".formatted(options.address)));
    }
    if (status < 400) {
      throw new IOException("%s answered with HTTP status %d".formatted(options.address, status));
    }
    throw new RequestRefusedException(
        status,
        PublishAnswer.error(body).orElse(""),
        response.headers().firstValue("retry-after").flatMap(RetryAfter::ofHeader),
        Optional.empty());
  }

  /**
   * The options of a publisher. {@link #build} creates a publisher with their current values. Not
   * thread-safe.
   */
  public static final class Builder {
    private final URI address;
    private final HttpRequest.Builder template;
    private TokenSource token = refused -> "";
    private Duration timeout = Duration.ofSeconds(10);
    private Consumer<HttpClient.Builder> http = settings -> {};

    private Builder(URI address) {
      var expected = "an address to publish to is http://HOST/… or https://HOST/…";
      this.address = OptionChecks.address(address, expected, "http", "https");
      this.template = HttpRequest.newBuilder(address);
    }

    /** Adds a header to every request. */
    public Builder header(String name, String value) {
      template.header(name, value);
      return this;
    }

    /**
     * Sets the token that every request sends as {@code Authorization: Bearer}.
     *
     * @throws IllegalArgumentException if the token has other characters than visible ASCII without
     *     spaces
     */
    public Builder token(String token) {
      Token.require(token);
      this.token = refused -> token;
      return this;
    }

    /**
     * Sets the source of the token that every request sends as {@code Authorization: Bearer}. The
     * publisher calls it for each message, on the calling thread. It sends no token if the source
     * returns an empty text, and passes the source's exceptions to the caller of {@code publish}.
     */
    public Builder token(TokenSource source) {
      this.token = Objects.requireNonNull(source);
      return this;
    }

    /** Sets the longest time of a publication. Default: 10 seconds. */
    public Builder timeout(Duration timeout) {
      this.timeout = OptionChecks.positive("timeout", timeout);
      return this;
    }

    /** Changes the settings of the JDK's HTTP client, such as TLS, a proxy or an executor. */
    public Builder http(Consumer<HttpClient.Builder> settings) {
      this.http = settings;
      return this;
    }

    /** Creates a publisher with the current options. */
    public LhttpPublisher build() {
      return new LhttpPublisher(new Options(address, template, token, timeout, http));
    }
  }
}
