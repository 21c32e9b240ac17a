package io.lhttp.filters.auth;

import io.lhttp.AttributeKey;
import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.KeepsRoute;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.Surroundings;
import io.lhttp.control.AwaitedLogin;
import io.lhttp.control.RefreshedLogin;
import io.lhttp.filters.auth.AuthOptions.Action;
import io.lhttp.filters.auth.Login.Refusals;
import io.lhttp.message.Message;
import io.lhttp.revocation.Credential;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Verdict;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Authenticates connections by a token in the handshake or in a message. A later token replaces the
 * earlier one. A bad token is refused even if anonymous clients may send. All threads may use it.
 *
 * <p>Once a token has expired, replies carry {@code token-expires} with the remaining seconds.
 * After the grace period a timer closes the connection with 4401.
 *
 * <p>Permissions limit the channels that the client itself requests. Filters after this one, and
 * processors, may use any channel.
 *
 * <p>After a reload of this filter, and after a change of a connection's user, the filter checks
 * the connection's token and subscriptions again. A user that another filter has named stays. The
 * filter takes over the keys that its predecessor has fetched from the same URL, so that a reload
 * locks nobody out while the issuer is away.
 */
@KeepsRoute
public final class AuthFilter
    implements Filter, HandsOver<Map<String, String>>, MetricSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuthFilter.class);
  private static final AttributeKey<Login> LOGIN = AttributeKey.of("lhttp.auth.login", Login.class);
  private static final String AUTHORIZATION = "authorization";
  private static final CloseStatus BAD_TOKEN = CloseStatus.UNAUTHENTICATED.because("bad token");
  private static final CloseStatus EXPIRED = CloseStatus.UNAUTHENTICATED.because("token expired");
  private static final CloseStatus NO_TOKEN =
      CloseStatus.UNAUTHENTICATED.because("no token in time");
  private static final CloseStatus UNREACHABLE =
      CloseStatus.FAILED.because("no token can be checked");
  private static final CloseStatus UNCHECKED = CloseStatus.BUSY.because("no token can be checked");
  private static final Duration KEYS_PAUSE = Duration.ofSeconds(1);

  /** The pause before another review of a connection whose token can't be verified now. */
  private static final Duration REVIEW_PAUSE = Duration.ofSeconds(30);

  /**
   * Marks the logins that this instance has verified. After a reload the new instance has another
   * mark, and verifies each token again.
   */
  private final Object mark = new Object();

  private final AuthOptions options;
  private final Tokens tokens;
  private final Authority authority;
  private final Permissions permissions;
  private final AuthMetrics counts = new AuthMetrics();
  private final Clock clock;

  /** Set before the first connection. */
  private volatile Revocations revocations = Revocations.none("");

  /**
   * Returns the user that the surroundings know for a connection without a token; empty if they
   * know none.
   */
  private final Function<Connection, Optional<Principal>> known;

  /**
   * @throws IllegalArgumentException if a key can't be used
   */
  public AuthFilter(AuthOptions options) {
    this(options, Surroundings.REAL);
  }

  /**
   * Creates a filter with other clocks.
   *
   * @param clock the time of day for tokens' dates
   * @param nanos measures the age of published keys; counts as {@link System#nanoTime} does
   */
  public AuthFilter(AuthOptions options, Clock clock, LongSupplier nanos) {
    this(options, surroundings(clock, nanos));
  }

  static Surroundings surroundings(Clock clock, LongSupplier nanos) {
    var real = Surroundings.REAL;
    return new Surroundings(clock, nanos, real.timer(), real.http(), real.known());
  }

  /**
   * Creates a filter with other surroundings. They may answer requests for issuers' keys, and name
   * the users of connections.
   *
   * @throws IllegalArgumentException if a key can't be used
   */
  public AuthFilter(AuthOptions options, Surroundings surroundings) {
    options.requireSomebody();
    this.options = options;
    this.tokens = new Tokens(options.tokens());
    this.authority = new Authority(options, surroundings);
    this.permissions = new Permissions(options.permissions());
    this.clock = surroundings.clock();
    this.known = surroundings.known();
  }

  /**
   * Sets the list of revoked tokens and blocked users, which lets none of them in. Call it before
   * the first connection; without it nobody is revoked.
   *
   * @return this filter
   */
  public AuthFilter with(Revocations list) {
    revocations = list;
    return this;
  }

  @Override
  public void onOpen(Connection connection) {
    try {
      enter(connection, tokens.of(connection.handshake()), new Refusals(), true);
    } catch (BadTokenException e) {
      bad(connection, e);
      connection.close(BAD_TOKEN);
    } catch (NotAdmittedException e) {
      counts.refused(e.reason);
      connection.close(e.close());
    } catch (KeysUnreachableException ignored) {
      counts.refused(RefusalReason.KEYS_UNAVAILABLE);
      connection.close(UNREACHABLE);
    }
  }

  /** Does nothing, because {@link #onReview} follows and verifies the connection's token. */
  @Override
  public void onJoin(Connection connection) {}

  /**
   * Cancels the deadline by which a connection without a token has to send one. A filter that
   * replaces this one sets a deadline of its own. The deadline of a token stays, because the
   * connection keeps the user of the token.
   */
  @Override
  public void onLeave(Connection connection) {
    connection.attributes().remove(AwaitedLogin.KEY);
    connection
        .attributes()
        .get(LOGIN)
        .filter(login -> login.verifiedBy().equals(mark) && login.grant().isEmpty())
        .flatMap(Login::deadline)
        .ifPresent(Connection.Deadline::cancel);
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var request = exchange.request();
    var connection = exchange.connection();
    var renews = options.tokens().message() && request.headers().has(AUTHORIZATION);
    Login login;
    try {
      login = login(connection, false);
      if (renews) {
        login = renew(connection, login, Tokens.of(request.header(AUTHORIZATION).orElseThrow()));
      }
    } catch (BadTokenException e) {
      bad(connection, e);
      return refuse(connection, "bad token", renews);
    } catch (NotAdmittedException e) {
      counts.refused(e.reason);
      return e.reason == RefusalReason.REVOKED
          ? refuse(connection, e.refusal.reason(), renews)
          : e.refusal;
    } catch (AnotherUserException ignored) {
      counts.refused(RefusalReason.ANOTHER_USER);
      return Outcome.refused(403, "the token is another user's");
    } catch (KeysUnreachableException ignored) {
      counts.refused(RefusalReason.KEYS_UNAVAILABLE);
      return Outcome.refused(503, "no token can be checked now").retryAfter(KEYS_PAUSE);
    }
    if (login.grant().isEmpty() && !options.anonymous()) {
      counts.refused(RefusalReason.MISSING);
      return refuse(connection, "a token is needed", true);
    }
    if (login.end().isPresent() && login.grant().isPresent() && !inTime(exchange, login)) {
      counts.refused(RefusalReason.EXPIRED);
      return Outcome.closed(EXPIRED);
    }
    if (!permissions.unlimited() && !allowed(connection.principal(), request)) {
      counts.refused(RefusalReason.CHANNEL);
      return Outcome.refused(403, "not allowed on this channel");
    }
    login.refusals().over();
    var outcome = chain.proceed(exchange);
    return renews && outcome instanceof Outcome.Done ? Outcome.done() : outcome;
  }

  /**
   * Checks the connection's token, and each channel that the client requested, by the current
   * options. A connection that now needs a token and has none gets the time {@code login} to send
   * one.
   */
  @Override
  public void onReview(Connection connection) {
    Login login;
    try {
      login = login(connection, true);
      if (!login.refreshed().equals(connection.attributes().get(RefreshedLogin.KEY))) {
        login = enter(connection, login.token(), login.grant(), login.refusals());
      }
    } catch (BadTokenException e) {
      bad(connection, e);
      return;
    } catch (NotAdmittedException e) {
      counts.refused(e.reason);
      return; // the connection is closed
    } catch (KeysUnreachableException ignored) {
      counts.refused(RefusalReason.KEYS_UNAVAILABLE);
      throw new RefusedException(
          Outcome.refused(503, "no token can be checked now").retryAfter(REVIEW_PAUSE));
    }
    if (login.grant().isEmpty() && !options.anonymous()) {
      connection
          .subscriptions()
          .asked()
          .forEach(channel -> revoke(connection, channel, 401, "a token is needed"));
    } else {
      leaveForbidden(connection);
    }
  }

  /**
   * Whether the message has a token that is not among the verified ones, so that the filter may
   * have to fetch keys.
   */
  @Override
  public boolean mayBlock(Message message) {
    return options.tokens().message()
        && message.headers().has(AUTHORIZATION)
        && !authority.seen(Tokens.of(message.header(AUTHORIZATION).orElseThrow()));
  }

  /** Gives the successor a copy of the fetched keys; this instance goes on to use them. */
  @Override
  public Optional<Map<String, String>> handOver() {
    return Optional.of(authority.handOver()).filter(keys -> !keys.isEmpty());
  }

  @Override
  public void takeOver(Optional<Map<String, String>> keys) {
    keys.ifPresent(authority::takeOver);
  }

  @Override
  public List<Metric> metrics() {
    return Stream.concat(counts.metrics(), authority.metrics()).toList();
  }

  @Override
  public void close() {
    authority.close();
  }

  /**
   * Returns the connection's login. If this instance has not verified the connection's token yet,
   * it does so now.
   *
   * @param mayWait false on an event loop, which must not fetch keys
   */
  private Login login(Connection connection, boolean mayWait)
      throws BadTokenException, KeysUnreachableException, NotAdmittedException {
    var known = connection.attributes().get(LOGIN);
    if (known.isPresent() && known.get().verifiedBy().equals(mark)) {
      return known.get();
    }
    var token = known.isPresent() ? known.get().token() : tokens.of(connection.handshake());
    try {
      return enter(connection, token, new Refusals(), mayWait);
    } catch (BadTokenException e) {
      // closed, because the instance before a reload has accepted this token
      connection.close(BAD_TOKEN);
      throw e;
    } catch (NotAdmittedException e) {
      connection.close(e.close());
      throw e;
    }
  }

  private Login renew(Connection connection, Login before, String token)
      throws BadTokenException,
          KeysUnreachableException,
          NotAdmittedException,
          AnotherUserException {
    if (before.refreshed().isPresent() && before.token().equals(Optional.of(token))) {
      return before; // the server's code has changed the login of this very token
    }
    // An event loop never fetches keys, even if the token left the cache after mayBlock was asked.
    var grant = authority.grant(token, Thread.currentThread().isVirtual());
    var user = before.grant().map(old -> old.principal().name());
    if (user.isPresent() && !user.get().equals(grant.principal().name())) {
      throw new AnotherUserException();
    }
    if (before.grant().filter(grant::equals).isPresent()
        || (before.refreshed().isPresent() && sameToken(before, grant))) {
      return before;
    }
    RefreshedLogin.forget(connection);
    var login = enter(connection, Optional.of(token), Optional.of(grant), before.refusals());
    leaveForbidden(connection);
    return login;
  }

  /** Whether a token is that of a login, although its signature may be spelled otherwise. */
  private static boolean sameToken(Login login, Grant grant) {
    var hash = login.grant().flatMap(Grant::credential).map(Credential::sha256);
    return hash.isPresent() && hash.equals(grant.credential().map(Credential::sha256));
  }

  private Login enter(
      Connection connection, Optional<String> token, Refusals refusals, boolean mayWait)
      throws BadTokenException, KeysUnreachableException, NotAdmittedException {
    return token.isPresent()
        ? enter(connection, token, Optional.of(authority.grant(token.get(), mayWait)), refusals)
        : enter(connection, token, known.apply(connection).map(Grant::known), refusals);
  }

  private Login enter(
      Connection connection, Optional<String> token, Optional<Grant> verified, Refusals refusals)
      throws NotAdmittedException {
    var refreshed = connection.attributes().get(RefreshedLogin.KEY);
    var grant = verified.map(own -> refreshed.map(own::with).orElse(own));
    var earlier = connection.attributes().get(LOGIN);
    var credential = grant.flatMap(Grant::credential);
    if (credential.isPresent()) {
      // A reload verifies the tokens of open connections again. They stay while the list is not
      // known, and the server checks them as soon as it is.
      requireAdmitted(credential.get(), earlier.flatMap(Login::token).equals(token));
    }
    if (owns(connection, earlier, token, grant)) {
      connection.authenticate(grant.map(Grant::principal).orElse(Principal.ANONYMOUS));
    }
    if (credential.isPresent()) {
      credential.get().keep(connection);
      requireStillAdmitted(connection, credential.get());
    }
    if (grant.isPresent()) {
      counts.accepted();
    }
    var before = earlier.flatMap(Login::deadline);
    var end = end(grant);
    var login =
        new Login(
            mark,
            token,
            grant,
            end,
            end.map(at ->
                connection.closeAfter(
                    Duration.between(clock.instant(), at), grant.isPresent() ? EXPIRED : NO_TOKEN)),
            refreshed,
            refusals);
    connection.attributes().set(LOGIN, login);
    if (grant.isEmpty() && options.tokens().message() && !connection.single()) {
      connection.attributes().set(AwaitedLogin.KEY, new AwaitedLogin(!options.anonymous()));
    } else {
      connection.attributes().remove(AwaitedLogin.KEY);
    }
    before.ifPresent(Connection.Deadline::cancel);
    return login;
  }

  /**
   * Whether the connection's user is this filter's to set. A user that another filter has named
   * stays, unless the client has sent its first token, or another token of this user.
   */
  private static boolean owns(
      Connection connection,
      Optional<Login> earlier,
      Optional<String> token,
      Optional<Grant> grant) {
    var user = connection.principal();
    var before = earlier.flatMap(Login::grant).map(Grant::principal);
    if (user.equals(before.orElse(Principal.ANONYMOUS))) {
      return true;
    }
    if (grant.isEmpty() || before.isEmpty()) {
      return grant.isPresent();
    }
    var renewed = !token.equals(earlier.flatMap(Login::token));
    return renewed && user.name().equals(before.get().name());
  }

  /**
   * Requires the same again: the token may have been revoked before the server could find it at the
   * connection, which is closed then.
   */
  private void requireStillAdmitted(Connection connection, Credential credential)
      throws NotAdmittedException {
    try {
      requireAdmitted(credential, true);
    } catch (NotAdmittedException e) {
      connection.close(e.close());
      throw e;
    }
  }

  /**
   * Requires that a token is not revoked, and its user not blocked.
   *
   * @param known whether the list as it was known last is enough
   */
  private void requireAdmitted(Credential credential, boolean known) throws NotAdmittedException {
    var trouble = known ? Optional.<String>empty() : revocations.trouble();
    if (trouble.isPresent()) {
      throw new NotAdmittedException(
          RefusalReason.REVOCATIONS_UNKNOWN,
          Outcome.refused(503, "no token can be checked now").retryAfter(KEYS_PAUSE));
    }
    var verdict = revocations.of(credential);
    if (verdict.isPresent()) {
      throw new NotAdmittedException(
          verdict.get() == Verdict.BLOCKED ? RefusalReason.BLOCKED : RefusalReason.REVOKED,
          Outcome.refused(verdict.get().status(), verdict.get().reason()));
    }
  }

  /**
   * Returns the time at which the server closes the connection unless the client sends another
   * token.
   */
  private Optional<Instant> end(Optional<Grant> grant) {
    var now = clock.instant();
    if (grant.isPresent()) {
      return grant.get().expires().map(at -> (at.isBefore(now) ? now : at).plus(options.grace()));
    }
    return options.anonymous() ? Optional.empty() : Optional.of(now.plus(options.login()));
  }

  /**
   * Whether the login is valid or in its grace period. During the grace period the replies get a
   * warning.
   */
  private boolean inTime(Exchange exchange, Login login) {
    var now = clock.instant();
    var expires = login.grant().flatMap(Grant::expires).orElse(Instant.MAX);
    if (now.isBefore(expires)) {
      return true;
    }
    var left = Duration.between(now, login.end().orElse(expires));
    if (left.isNegative() || left.isZero()) {
      return false;
    }
    exchange.addReplyHeader("token-expires", Long.toString(left.plusMillis(999).toSeconds()));
    return true;
  }

  private boolean allowed(Principal principal, Message request) {
    return allowed(principal, Action.SUBSCRIBE, request.headers().distinctWords("subscribe"))
        && allowed(principal, Action.PUBLISH, request.headers().distinctWords("publish"));
  }

  private boolean allowed(Principal principal, Action action, List<String> channels) {
    for (var channel : channels) {
      if (!permissions.allow(principal, action, channel)) {
        return false;
      }
    }
    return true;
  }

  /** Revokes the subscriptions that a new token, or new permissions, no longer allow. */
  private void leaveForbidden(Connection connection) {
    if (permissions.unlimited()) {
      return;
    }
    for (var channel : connection.subscriptions().asked()) {
      if (!permissions.allow(connection.principal(), Action.SUBSCRIBE, channel)) {
        revoke(connection, channel, 403, "not allowed on this channel");
      }
    }
  }

  private void revoke(Connection connection, String channel, int status, String reason) {
    counts.revoked();
    connection.subscriptions().revoke(channel, Outcome.refused(status, reason));
  }

  private void bad(Connection connection, BadTokenException e) {
    counts.refused(e.reason());
    log.debug("bad token connection={} reason=\"{}\"", connection.id(), e.getMessage());
  }

  private Outcome refuse(Connection connection, String reason, boolean counts) {
    var login = connection.attributes().get(LOGIN);
    return counts && login.isPresent() && login.get().refusals().another() >= options.refusals()
        ? Outcome.closed(CloseStatus.UNAUTHENTICATED.because(reason))
        : Outcome.refused(401, reason);
  }

  /** Thrown if the list of revocations lets the owner of a good token not in. */
  private static final class NotAdmittedException extends Exception {
    private static final long serialVersionUID = 1L;

    final RefusalReason reason;
    final transient Outcome.Refused refusal;

    NotAdmittedException(RefusalReason reason, Outcome.Refused refusal) {
      super(refusal.reason(), null, false, false);
      this.reason = reason;
      this.refusal = refusal;
    }

    /** The code with which a connection is closed that has no other token. */
    CloseStatus close() {
      return switch (reason) {
        case REVOKED -> Verdict.REVOKED.close();
        case BLOCKED -> Verdict.BLOCKED.close();
        default -> UNCHECKED;
      };
    }
  }

  /**
   * Thrown if a token belongs to another user than the connection's; a connection keeps its user.
   */
  private static final class AnotherUserException extends Exception {
    private static final long serialVersionUID = 1L;

    AnotherUserException() {
      super("another user", null, false, false);
    }
  }
}
