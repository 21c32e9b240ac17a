package io.lhttp.filters.upstream;

import io.lhttp.AttributeKey;
import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.Surroundings;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.AwaitedLogin;
import io.lhttp.filters.upstream.HookAnswer.Allowed;
import io.lhttp.filters.upstream.HookAnswer.Refused;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.message.Message;
import io.lhttp.tracing.Span;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.LoggerFactory;

/**
 * Asks a backend whether a connection may stay, a message may be handled, channels may be joined,
 * and a publication may be sent. The backend answers in JSON: it allows, refuses, names the user,
 * joins channels, or changes the message.
 *
 * <p>Without a clear answer in time the filter refuses. A connection that can't be asked about when
 * it opens is closed with 1013. One that was open before a reload stays, and its messages are
 * refused until the backend has answered.
 *
 * <p>While a filter before this one {@linkplain AwaitedLogin awaits} the client's token in a
 * message, the question about the connection waits for the first message that comes here, at most
 * 10 seconds if the client may stay anonymous.
 *
 * <p>In the chain this filter stands behind a filter that authenticates, and before the pub/sub
 * filter. All threads may use it.
 */
@KeepsRoute
public final class HooksFilter implements Filter, MetricSource, AutoCloseable {
  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(HooksFilter.class), "a refresh of a connection");

  private static final CloseStatus EXPIRED = CloseStatus.UNAUTHENTICATED.because("expired");

  /** The pause before another review of a connection that can't be asked about now. */
  private static final Duration REVIEW_PAUSE = Duration.ofSeconds(10);

  /** The longest time before the end of an answer at which the backend is asked again. */
  private static final Duration LONGEST_LEAD = Duration.ofSeconds(30);

  /**
   * The time for which a client that may log in by a message sends nothing and is not asked about.
   */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private static final Duration REFRESH_PAUSE = Duration.ofSeconds(1);
  private static final String SUBSCRIBE = "subscribe";
  private static final String PUBLISH = "publish";

  private final AttributeKey<HookSession> session;
  private final HooksOptions options;
  private final Set<Hook> on;
  private final Set<String> commands;
  private final List<String> messageHeaders;
  private final HookBackend backend;
  private final Surroundings.Timer timer;
  private final InstantSource clock;

  /** Whether the server has closed the filter, so that it asks no more by itself. */
  private volatile boolean closed;

  public HooksFilter(HooksOptions options) {
    this(options, Surroundings.REAL);
  }

  /** Creates a filter with other surroundings, which may answer its HTTP requests. */
  public HooksFilter(HooksOptions options, Surroundings surroundings) {
    this.options = options;
    this.on = Set.copyOf(options.on());
    this.commands = Set.copyOf(options.commands());
    this.messageHeaders = options.messageHeaders();
    this.session =
        AttributeKey.of(
            "lhttp.hooks.session." + options.to().url().orElseThrow(), HookSession.class);
    this.backend = new HookBackend(options, surroundings);
    this.timer = surroundings.timer();
    this.clock = surroundings.clock();
  }

  @Override
  public void onOpen(Connection connection) throws InterruptedException {
    if (on.contains(Hook.CONNECT) && !waits(connection)) {
      admitOrClose(connection);
    }
  }

  private void admitOrClose(Connection connection) throws InterruptedException {
    try {
      admit(connection).ifPresent(connection::close);
    } catch (RefusedException e) {
      connection.close(CloseStatus.BUSY.because(CloseReasons.cut(e.refusal().reason())));
    }
  }

  /**
   * Goes on with what the backend said to an earlier instance. {@link #onReview} follows and asks
   * about a connection that no instance has asked about.
   */
  @Override
  public void onJoin(Connection connection) {
    connection.attributes().get(session).ifPresent(known -> arm(connection, known, known.round()));
  }

  /**
   * Asks about a connection that was open before this filter was in the chain. Without an answer it
   * stays open, and the server calls this method again.
   */
  @Override
  public void onReview(Connection connection) throws InterruptedException {
    if (!on.contains(Hook.CONNECT) || waits(connection)) {
      return;
    }
    try {
      admit(connection).ifPresent(connection::close);
    } catch (RefusedException e) {
      throw new RefusedException(
          Outcome.refused(503, "no answer from the upstream").retryAfter(REVIEW_PAUSE));
    }
  }

  @Override
  public void onLeave(Connection connection) {
    connection.attributes().get(session).ifPresent(HookSession::pause);
  }

  @Override
  public void onClose(Connection connection) {
    onLeave(connection);
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var connection = exchange.connection();
    if (on.contains(Hook.CONNECT)) {
      var refused = admitBeforeMessage(connection);
      if (refused.isPresent()) {
        return refused.get();
      }
    }
    if (on.contains(Hook.MESSAGE) && commands.contains(exchange.request().command())) {
      var refused =
          decide(
              exchange,
              HookQuestion.message(
                  Hook.MESSAGE, connection, exchange.request(), List.of(), messageHeaders));
      if (refused.isPresent()) {
        return refused.get();
      }
    }
    var joined = channels(Hook.SUBSCRIBE, exchange.request(), SUBSCRIBE);
    if (!joined.isEmpty()) {
      var refused =
          decide(exchange, HookQuestion.subscribe(connection, exchange.request(), joined));
      if (refused.isPresent()) {
        return refused.get();
      }
    }
    var published = channels(Hook.PUBLISH, exchange.request(), PUBLISH);
    if (!published.isEmpty()) {
      var refused =
          decide(
              exchange,
              HookQuestion.message(
                  Hook.PUBLISH, connection, exchange.request(), published, messageHeaders));
      if (refused.isPresent()) {
        return refused.get();
      }
    }
    return chain.proceed(exchange);
  }

  /**
   * Whether the backend may be asked about this message or its connection. A message of {@code POST
   * /publish} brings a new connection with it.
   */
  @Override
  public boolean mayBlock(Message message) {
    return on.contains(Hook.CONNECT)
        || (on.contains(Hook.MESSAGE) && commands.contains(message.command()))
        || !channels(Hook.SUBSCRIBE, message, SUBSCRIBE).isEmpty()
        || !channels(Hook.PUBLISH, message, PUBLISH).isEmpty();
  }

  @Override
  public List<Metric> metrics() {
    return backend.metrics();
  }

  /** Ends the questions that the filter asks by itself. */
  @Override
  public void close() {
    closed = true;
  }

  /**
   * Asks about a connection that was not asked about yet.
   *
   * @return the status by which the connection has to be closed; empty if it may stay
   * @throws RefusedException if there is no answer
   */
  private Optional<CloseStatus> admit(Connection connection) throws InterruptedException {
    var known = connection.attributes().get(session, HookSession::new);
    known.asking().lockInterruptibly(); // the timer of a silent client may ask beside a message
    try {
      return known.admitted() || known.refused().isPresent()
          ? known.refused()
          : ask(connection, known);
    } finally {
      known.asking().unlock();
    }
  }

  private Optional<CloseStatus> ask(Connection connection, HookSession known)
      throws InterruptedException {
    var answer =
        backend.ask(connection, HookQuestion.connect(connection, options.headers()), Span.NONE);
    return switch (answer) {
      case Refused refused -> {
        known.refuse(refused.closing());
        yield known.refused();
      }
      case Allowed allowed -> {
        apply(connection, allowed);
        arm(connection, known, known.admit(end(allowed)));
        yield Optional.empty();
      }
    };
  }

  /**
   * Whether the question about the connection waits, because the client may log in by a message. It
   * sets the time at which a client is asked about that sends nothing.
   */
  private boolean waits(Connection connection) {
    if (connection.attributes().get(AwaitedLogin.KEY).isEmpty()) {
      return false;
    }
    var known = connection.attributes().get(session, HookSession::new);
    known
        .awaitMessage()
        .ifPresent(round ->
            known.again(round, timer.after(SILENCE, () -> startSilent(connection, known, round))));
    return true;
  }

  private void startSilent(Connection connection, HookSession known, long round) {
    Thread.ofVirtual()
        .name("lhttp-hooks-silent")
        .start(errors.guard(() -> askSilent(connection, known, round)));
  }

  /** Asks about a client that has sent nothing, unless no message of it passes without a login. */
  private void askSilent(Connection connection, HookSession known, long round) {
    if (closed || !connection.open() || known.round() != round) {
      return;
    }
    var awaited = connection.attributes().get(AwaitedLogin.KEY);
    if (awaited.filter(AwaitedLogin::needed).isPresent() && waits(connection)) {
      return;
    }
    try {
      admitOrClose(connection);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Instant> end(Allowed allowed) {
    return allowed.expires().map(clock.instant()::plus);
  }

  /** Returns the refusal of a message whose connection is not admitted. */
  private Optional<Outcome> admitBeforeMessage(Connection connection) throws InterruptedException {
    var known = connection.attributes().get(session);
    if (known.isPresent() && known.get().admitted()) {
      return Optional.empty();
    }
    return admit(connection).map(Outcome::closed);
  }

  /** Sets the user, and joins the channels, of an answer. */
  private static void apply(Connection connection, Allowed allowed) {
    if (allowed.names()) {
      var before = connection.principal();
      Map<String, Object> kept = allowed.user().isPresent() ? Map.of() : before.claims();
      connection.authenticate(
          new Principal(allowed.user().orElse(before.name()), allowed.claims().orElse(kept)));
    }
    if (!allowed.subscribe().isEmpty()) {
      connection.subscribe(allowed.subscribe());
    }
  }

  /** Asks about a message. Returns its refusal, or applies the answer. */
  private Optional<Outcome> decide(Exchange exchange, HookQuestion question)
      throws InterruptedException {
    if (exchange.connection().executor().isCurrent()) {
      throw new IllegalStateException(
          "a message that a backend is asked about runs on an event loop: a filter with @KeepsRoute"
              + " has set its header subscribe or publish, or rewritten its command");
    }
    return switch (backend.ask(exchange.connection(), question, exchange.span())) {
      case Refused refused -> Optional.of(refused.outcome());
      case Allowed allowed -> {
        if (allowed.changes()) {
          exchange.rewrite(allowed.change(exchange.request()));
        }
        apply(exchange.connection(), allowed);
        yield Optional.empty();
      }
    };
  }

  /** The channels of a header that the backend is asked about, each once. */
  private List<String> channels(Hook hook, Message message, String header) {
    if (!on.contains(hook) || !message.headers().has(header)) {
      return List.of();
    }
    return message.headers().distinctWords(header).stream()
        .filter(channel ->
            options.channels().stream().anyMatch(pattern -> ChannelName.fits(pattern, channel)))
        .toList();
  }

  /** Sets the close at the end of the backend's answer, and the time to ask again. */
  private void arm(Connection connection, HookSession known, long round) {
    var end = known.expires();
    if (end.isEmpty() || connection.single()) {
      return;
    }
    var left = Duration.between(clock.instant(), end.get());
    var lead = left.dividedBy(5);
    var early = left.minus(lead.compareTo(LONGEST_LEAD) > 0 ? LONGEST_LEAD : lead);
    known.arm(
        round,
        connection.closeAfter(left, EXPIRED),
        on.contains(Hook.REFRESH)
            ? timer.after(early, () -> startRefresh(connection, known, round))
            : null);
  }

  private void startRefresh(Connection connection, HookSession known, long round) {
    Thread.ofVirtual()
        .name("lhttp-hooks-refresh")
        .start(errors.guard(() -> refresh(connection, known, round)));
  }

  /**
   * Asks whether the connection may stay longer. Without an answer it asks again, until the
   * deadline closes the connection.
   */
  private void refresh(Connection connection, HookSession known, long round) {
    if (closed || !connection.open() || known.round() != round) {
      return;
    }
    try {
      switch (backend.ask(connection, HookQuestion.refresh(connection), Span.NONE)) {
        case Refused refused -> {
          known.refuse(refused.closing());
          connection.close(refused.closing());
        }
        case Allowed allowed -> {
          if (known.round() == round) {
            apply(connection, allowed); // first: if it is refused, the deadline has to stay
            known.renew(round, end(allowed)).ifPresent(renewed -> arm(connection, known, renewed));
          }
        }
      }
    } catch (RefusedException e) {
      var pause = e.refusal().retryAfter().orElse(REFRESH_PAUSE);
      known.again(
          round,
          timer.after(
              pause.compareTo(REFRESH_PAUSE) < 0 ? REFRESH_PAUSE : pause,
              () -> startRefresh(connection, known, round)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
