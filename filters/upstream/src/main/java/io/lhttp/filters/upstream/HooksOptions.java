package io.lhttp.filters.upstream;

import io.lhttp.AddressBlock;
import io.lhttp.Secrets;
import io.lhttp.filters.upstream.UpstreamOptions.BreakerOptions;
import io.lhttp.outgoing.OutgoingHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The options of the filter {@code hooks}: the backend, the questions that it is asked, and the
 * limits of requests.
 *
 * @param to the URL to which each question is sent as a POST
 * @param on the questions that the backend is asked
 * @param commands the commands whose messages the backend is asked about; needed for `message`, and
 *     only there
 * @param channels the channels that the backend is asked about, by name, or by the beginning of
 *     names followed by `*`; all by default. Other channels are not asked about, and pass
 * @param headers headers that a question contains: of the handshake for `connect`, of the message
 *     for `message` and `publish`, there without `authorization`, `cookie` and other secrets. By
 *     default `authorization`, `cookie`, `origin`, `user-agent`, `accept-language` and
 *     `content-type`
 * @param addresses allowed addresses that are not public; the address or `localhost` in the URL is
 *     allowed anyway
 * @param secret signs questions as the filter `upstream` signs requests; of 16 characters at least
 * @param limits the limits of requests and answers
 */
public record HooksOptions(
    AllowRule to,
    List<Hook> on,
    List<String> commands,
    List<String> channels,
    List<String> headers,
    List<AddressBlock> addresses,
    Optional<Secrets> secret,
    Optional<Limits> limits) {
  private static final List<String> HEADERS =
      List.of("authorization", "cookie", "origin", "user-agent", "accept-language", "content-type");

  /** A question that the backend is asked. */
  public enum Hook {
    /** Whether a connection may stay, once for each, before its first message. */
    CONNECT,
    /** Whether a message with one of `commands` may be handled. */
    MESSAGE,
    /** Whether the client may subscribe to the channels that its message names. */
    SUBSCRIBE,
    /** Whether the client's message may be published to the channels that it names. */
    PUBLISH,
    /** Whether a connection may stay, before the time of its last answer has passed. */
    REFRESH;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The limits of requests and answers.
   *
   * @param connectTimeout the longest time to open a connection
   * @param timeout the longest time of a question with its answer, at most 9s
   * @param answerBytes the longest answer
   * @param concurrency the most questions at the same time. One client has at most half of them,
   *     two have a third each, and so on
   * @param queue the most questions that wait; more are refused, first those of the client with the
   *     most
   * @param breaker the limits of the circuit breaker
   * @param answers the most answers that are cached; 0 for none
   * @param longestCached the longest time for which an answer is cached, whatever it says
   */
  public record Limits(
      Duration connectTimeout,
      Duration timeout,
      int answerBytes,
      int concurrency,
      int queue,
      BreakerOptions breaker,
      int answers,
      Duration longestCached) {
    /**
     * A review of an open connection ends after 10 seconds, so a question takes less time than
     * that.
     */
    private static final Duration LONGEST = Duration.ofSeconds(9);

    /** Answers of 64 KiB within 5 seconds, 64 questions at the same time, 10,000 cached answers. */
    public static final Limits DEFAULT =
        new Limits(
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            64 * 1024,
            64,
            256,
            BreakerOptions.DEFAULT,
            10_000,
            Duration.ofHours(1));

    public Limits {
      OptionChecks.positive("connect-timeout", connectTimeout);
      OptionChecks.positive("timeout", timeout);
      OptionChecks.positive("longest-cached", longestCached);
      OptionChecks.atLeast("answer-bytes", answerBytes, 1);
      OptionChecks.atLeast("concurrency", concurrency, 1);
      OptionChecks.atLeast("queue", queue, 0);
      OptionChecks.atLeast("answers", answers, 0);
      if (timeout.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException("'timeout' is at most 9s");
      }
    }
  }

  public HooksOptions {
    on = List.copyOf(on);
    commands = List.copyOf(commands);
    channels = channels.isEmpty() ? List.of("*") : List.copyOf(channels);
    headers =
        headers.isEmpty()
            ? HEADERS
            : headers.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().toList();
    addresses = List.copyOf(addresses);
    if (to.url().isEmpty()) {
      throw new IllegalArgumentException("'to' is one URL, without any '*'");
    }
    if (on.isEmpty()) {
      throw new IllegalArgumentException(
          "'on' names at least one of connect, message, subscribe, publish, refresh");
    }
    if (on.contains(Hook.MESSAGE) == commands.isEmpty()) {
      throw new IllegalArgumentException(
          commands.isEmpty()
              ? "'on: [ message ]' needs 'commands'"
              : "'commands' needs 'on: [ message ]'");
    }
    if (on.contains(Hook.REFRESH) && !on.contains(Hook.CONNECT)) {
      throw new IllegalArgumentException(
          "'refresh' needs 'connect', whose answer says when to ask again");
    }
    secret.ifPresent(OptionChecks::secret);
  }

  /** Returns a builder of options that ask these questions at this URL. */
  public static Builder builder(String url, Hook... on) {
    return new Builder(AllowRule.parse(url), List.of(on));
  }

  /** The message headers that a question contains. */
  List<String> messageHeaders() {
    return headers.stream().filter(OutgoingHeaders::passable).toList();
  }

  /** Returns the options by which {@link Sender} sends the questions. */
  UpstreamOptions sending() {
    var limit = limits.orElse(Limits.DEFAULT);
    return UpstreamOptions.builder()
        .addresses(addresses)
        .headers("content-type", "traceparent", "tracestate")
        .connectTimeout(limit.connectTimeout)
        .timeout(limit.timeout)
        .responseBytes(limit.answerBytes)
        .concurrency(limit.concurrency)
        .queue(limit.queue)
        .breaker(limit.breaker.failures(), limit.breaker.pause())
        .build();
  }

  /**
   * Builds options in a program. The methods are named as the keys of a configuration file. Not
   * thread-safe.
   */
  public static final class Builder {
    private final AllowRule to;
    private final List<Hook> on;
    private List<String> commands = List.of();
    private List<String> channels = List.of();
    private List<String> headers = List.of();
    private List<AddressBlock> addresses = List.of();
    private Optional<Secrets> secret = Optional.empty();
    private Optional<Limits> limits = Optional.empty();

    private Builder(AllowRule to, List<Hook> on) {
      this.to = to;
      this.on = on;
    }

    /** Sets the commands whose messages the backend is asked about. Default: none. */
    public Builder commands(String... commands) {
      this.commands = List.of(commands);
      return this;
    }

    /** Sets the channels that the backend is asked about. Default: all. */
    public Builder channels(String... patterns) {
      this.channels = List.of(patterns);
      return this;
    }

    /** Sets the headers that a question contains. */
    public Builder headers(String... names) {
      this.headers = List.of(names);
      return this;
    }

    /**
     * Allows addresses that are not public, in CIDR notation. Default: none but that of the URL.
     */
    public Builder addresses(String... blocks) {
      this.addresses = Stream.of(blocks).map(AddressBlock::parse).toList();
      return this;
    }

    /** Sets the key with which the filter signs questions. Default: they are not signed. */
    public Builder secret(String secret) {
      return secrets(Secrets.of(secret));
    }

    /**
     * Sets the keys with which the filter signs: with the first, and with the second in a header of
     * its own. Default: none.
     */
    public Builder secrets(Secrets secrets) {
      this.secret = Optional.of(secrets);
      return this;
    }

    /** Sets the limits of requests and answers. Default: {@link Limits#DEFAULT}. */
    public Builder limits(Limits limits) {
      this.limits = Optional.of(limits);
      return this;
    }

    /**
     * @throws IllegalArgumentException if an option is wrong; the text names it
     */
    public HooksOptions build() {
      return new HooksOptions(to, on, commands, channels, headers, addresses, secret, limits);
    }
  }
}
