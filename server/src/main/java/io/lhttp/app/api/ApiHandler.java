package io.lhttp.app.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.ClientKey;
import io.lhttp.Metric;
import io.lhttp.app.api.json.BadInput;
import io.lhttp.app.api.json.Records;
import io.lhttp.app.api.json.Written;
import io.lhttp.app.api.method.ApiError;
import io.lhttp.app.api.method.Audit;
import io.lhttp.app.api.method.Batch;
import io.lhttp.app.api.method.Command;
import io.lhttp.app.api.method.Method;
import io.lhttp.app.api.method.Ran;
import io.lhttp.app.http.HttpAnswer;
import io.lhttp.app.http.HttpHandler;
import io.lhttp.app.http.HttpRequest;
import io.lhttp.control.Actor;
import io.lhttp.control.AuditLog;
import io.lhttp.control.Control;
import io.lhttp.internal.text.Nearest;
import io.lhttp.outgoing.ClientShares;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes of the server API, on whichever listener. Nothing is answered without a key, and
 * nothing to a page. The threads of all connections use it.
 */
public final class ApiHandler implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(ApiHandler.class);

  /** The beginning of all paths. */
  public static final String ROOT = "/api/";

  /** The longest body in bytes. */
  static final int BODY = 1024 * 1024;

  /** The most requests under way; one key has at most half of them. */
  static final int REQUESTS = 64;

  /** The longest body that is not large. */
  private static final int SMALL = 64 * 1024;

  /** The most large bodies and answers under way; one key has at most half of them. */
  private static final int LARGE = 8;

  /** The most bodies that are parsed at the same time. */
  private static final int PARSED = 4;

  /** The most lines of a minute about calls beyond the methods of one key. */
  private static final int LINES = 5;

  private static final String JSON = "application/json";
  private static final String OPEN_API = ROOT + "openapi.json";
  private static final String AUDIT = ROOT + "audit";
  private static final String BEARER = "Bearer ";
  private static final Pattern CONTENT_TYPE =
      Pattern.compile("(?i)application/json(?:[ \t]*;[ \t]*charset=\"?utf-8\"?)?");
  private static final Pattern LAST = Pattern.compile("(?:last=([0-9]{1,9}))?");

  private final Supplier<ApiKeys> keys;
  private final Control control;
  private final WrongKeys wrong;
  private final LongSupplier nanos;

  /** The paces of lines about calls beyond a key's methods, by the names of keys that are valid. */
  private final Map<String, LogPace> forbidden = new ConcurrentHashMap<>();

  private final ApiCounts counts = new ApiCounts();
  private final ClientShares requests = new ClientShares(REQUESTS);
  private final ClientShares large = new ClientShares(LARGE);
  private final Semaphore parsers = new Semaphore(PARSED, true);

  /**
   * @param keys returns the keys that are valid now
   * @param nanos counts as {@link System#nanoTime} does
   */
  public ApiHandler(Supplier<ApiKeys> keys, Control control, LongSupplier nanos) {
    this.keys = keys;
    this.control = control;
    this.wrong = new WrongKeys(nanos);
    this.nanos = nanos;
  }

  @Override
  public Reply begin(HttpRequest request) {
    try {
      return counted(request, route(request));
    } catch (RuntimeException | Error e) {
      log.error("a request to the server API failed", e);
      return counted(request, refused(500, "failed; the server's log says why"));
    }
  }

  private Reply counted(HttpRequest request, Reply reply) {
    return switch (reply) {
      case Answered(var answer) -> {
        counts.add(request, answer.status());
        yield reply;
      }
      case Delayed(var answer, var _) -> {
        counts.add(request, answer.status());
        yield reply;
      }
      case Received(var mostBytes, var answerTo, var end) ->
          new Received(
              mostBytes,
              body -> {
                var answer = answerTo.apply(body);
                counts.add(request, answer.status());
                return answer;
              },
              end);
    };
  }

  /** Returns the metrics of the API: its answers by method and status. */
  public List<Metric> metrics() {
    return counts.metrics();
  }

  @Override
  public HttpAnswer malformed(int status, String reason) {
    return answer(ApiError.of(status, reason));
  }

  private Reply route(HttpRequest request) {
    if (request.header("origin").isPresent()
        || request.header("sec-fetch-site").filter(site -> !site.equals("none")).isPresent()) {
      return refused(403, "web pages are not served here");
    }
    var sent = secret(request);
    var key = sent.flatMap(keys.get()::find);
    if (key.isEmpty()) {
      return unauthorized(request, sent);
    }
    return switch (request.path()) {
      case OPEN_API -> get(request).orElseGet(() -> new Answered(page(OpenApi.json())));
      case AUDIT ->
          request.method().equals("POST")
              ? method(request, Method.AUDIT, key.get())
              : get(request).orElseGet(() -> audit(request, key.get()));
      default -> method(request, key.get());
    };
  }

  /** Returns the method that the path of a request names; empty if there is none. */
  static Optional<Method> method(HttpRequest request) {
    return Method.of(word(request));
  }

  private static String word(HttpRequest request) {
    return request.path().startsWith(ROOT) ? request.path().substring(ROOT.length()) : "";
  }

  private Reply method(HttpRequest request, ApiKeys.Named key) {
    var method = method(request);
    if (method.isEmpty()) {
      var word = shown(word(request));
      var allowed = key.key().allowed().stream().map(Method::word).toList();
      return new Answered(
          answer(
              ApiError.of(404, "no such method" + Nearest.hint(word, allowed))
                  .nearest(Nearest.to(word, allowed))));
    }
    if (!request.method().equals("POST")) {
      return new Answered(answer(ApiError.of(405, "POST calls it")).with("Allow", "POST"));
    }
    return method(request, method.get(), key);
  }

  private Reply method(HttpRequest request, Method method, ApiKeys.Named key) {
    if (!key.key().allows(method)) {
      return forbidden(method, key);
    }
    var type = request.header("content-type").orElse("");
    if (!CONTENT_TYPE.matcher(type).matches()) {
      return refused(415, "expected content-type: application/json");
    }
    if (request.length() > BODY) {
      return refused(413, "the body has more than %d bytes".formatted(BODY));
    }
    return share(key, request.length() < 0 || request.length() > SMALL)
        .<Reply>map(
            place -> new Received(BODY, body -> run(method, key, body, place), place::giveBack))
        .orElseGet(() -> new Answered(busy()));
  }

  /** Takes a place for a request; empty without a place. */
  private Optional<Place> share(ApiKeys.Named key, boolean isLarge) {
    var client = new ClientKey.User(key.name());
    if (!requests.take(client)) {
      return Optional.empty();
    }
    var place = new Place(client);
    if (isLarge && !place.becomeLarge()) {
      place.giveBack();
      return Optional.empty();
    }
    return Optional.of(place);
  }

  /** The place of one request. The thread of its connection uses it. */
  private final class Place {
    private final ClientKey client;
    private boolean isLarge;

    Place(ClientKey client) {
      this.client = client;
    }

    /** Takes a place for a large body or answer, too. Returns false without one. */
    boolean becomeLarge() {
      isLarge = isLarge || large.take(client);
      return isLarge;
    }

    void giveBack() {
      if (isLarge) {
        large.giveBack(client);
      }
      requests.giveBack(client);
    }
  }

  private static HttpAnswer busy() {
    var error = ApiError.of(429, "too many requests are under way");
    return answer(error.retryAfter(Optional.of(1L))).with("Retry-After", "1");
  }

  private HttpAnswer run(Method method, ApiKeys.Named key, byte[] body, Place place) {
    try {
      var command = parsed(method, text(body));
      if (command instanceof Batch batch) {
        for (var one : batch.commands()) {
          var inner = Method.of(one);
          if (!key.key().allows(inner)) {
            return answer(notAllowed(inner, key));
          }
        }
      }
      if (command.mayAnswerMuch() && !place.becomeLarge()) {
        return busy();
      }
      return answer(Ran.of(command, control.as(actor(key))));
    } catch (BadInput e) {
      return answer(ApiError.of(e));
    } catch (RuntimeException | Error e) {
      log.error("a request to the server API failed", e);
      return answer(ApiError.of(500, "failed; the server's log says why"));
    }
  }

  private Command parsed(Method method, String text) throws BadInput {
    parsers.acquireUninterruptibly();
    try {
      return (Command) Records.read(method.command(), text, Method.choices());
    } finally {
      parsers.release();
    }
  }

  private static String text(byte[] body) throws BadInput {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException _) {
      throw BadInput.of("the body is not UTF-8");
    }
  }

  /** Answers {@code GET /api/audit}. */
  private Reply audit(HttpRequest request, ApiKeys.Named key) {
    if (!key.key().allows(Method.AUDIT)) {
      return forbidden(Method.AUDIT, key);
    }
    var last = LAST.matcher(request.query());
    var count = last.matches() && last.group(1) != null ? Integer.valueOf(last.group(1)) : null;
    if (!last.matches() || (count != null && (count < 1 || count > AuditLog.CAPACITY))) {
      return refused(
          400, "expected ?last= with a number from 1 to %d".formatted(AuditLog.CAPACITY));
    }
    var command = new Audit(Optional.ofNullable(count));
    return new Answered(answer(Ran.of(command, control.as(actor(key)))));
  }

  private static Actor actor(ApiKeys.Named key) {
    return new Actor(Actor.Kind.KEY, key.name());
  }

  /** Returns the secret that a request sends; empty without one, or with two. */
  private static Optional<String> secret(HttpRequest request) {
    var bearer =
        request
            .header("authorization")
            .map(value ->
                value.regionMatches(true, 0, BEARER, 0, BEARER.length())
                    ? value.substring(BEARER.length()).strip()
                    : "");
    var plain = request.header("x-api-key");
    return bearer.isPresent() && plain.isPresent() ? Optional.of("") : bearer.or(() -> plain);
  }

  private Reply unauthorized(HttpRequest request, Optional<String> sent) {
    if (sent.isEmpty()) {
      return new Answered(unauthorized("a key is needed", "Bearer"));
    }
    var pause = wrong.add(request.from());
    var answer = unauthorized("the key is not valid", "Bearer error=\"invalid_token\"");
    return pause.isZero() ? new Answered(answer) : new Delayed(answer, pause);
  }

  private static HttpAnswer unauthorized(String message, String challenge) {
    return answer(ApiError.of(401, message)).with("WWW-Authenticate", challenge);
  }

  private Reply forbidden(Method method, ApiKeys.Named key) {
    return new Answered(answer(notAllowed(method, key)));
  }

  /** Logs a call beyond a key's methods. It makes no audit event, which would displace others. */
  private void warn(Method method, ApiKeys.Named key) {
    forbidden
        .computeIfAbsent(key.name(), _ -> new LogPace(LINES, nanos))
        .take()
        .ifPresent(unlogged ->
            log.warn(
                "a key of the server API called a method that it may not call key={} method={}"
                    + " unlogged={}",
                key.name(),
                method.word(),
                unlogged));
  }

  private ApiError notAllowed(Method method, ApiKeys.Named key) {
    warn(method, key);
    return ApiError.of(
        403,
        "the key '%s' may not call %s, only %s"
            .formatted(
                key.name(),
                method.word(),
                String.join(", ", key.key().allowed().stream().map(Method::word).toList())));
  }

  /** Refuses a method other than GET; empty for GET. */
  private static Optional<Reply> get(HttpRequest request) {
    if (request.method().equals("GET") || request.method().equals("HEAD")) {
      return Optional.empty();
    }
    var allow = request.path().equals(AUDIT) ? "GET, HEAD, POST" : "GET, HEAD";
    return Optional.of(new Answered(answer(ApiError.of(405, "GET shows it")).with("Allow", allow)));
  }

  private static Reply refused(int status, String message) {
    return new Answered(answer(ApiError.of(status, message)));
  }

  private static HttpAnswer answer(ApiError error) {
    return json(error.status(), Map.of("error", error), error.retryAfter());
  }

  private static HttpAnswer answer(Ran ran) {
    var body = new LinkedHashMap<String, Object>();
    ran.answer()
        .map(Written::plain)
        .ifPresent(plain -> ((Map<?, ?>) plain).forEach((k, v) -> body.put(String.valueOf(k), v)));
    ran.error().ifPresent(error -> body.put("error", error));
    return json(ran.status(), body, ran.error().flatMap(ApiError::retryAfter));
  }

  private static HttpAnswer json(int status, Map<String, Object> body, Optional<Long> retryAfter) {
    var answer = new HttpAnswer(status, JSON, Written.json(body) + "\n");
    return retryAfter
        .map(seconds -> answer.with("Retry-After", String.valueOf(seconds)))
        .orElse(answer);
  }

  private static HttpAnswer page(String json) {
    return new HttpAnswer(200, JSON, json);
  }

  private static String shown(String word) {
    return word.length() <= 50 ? word : word.substring(0, 50);
  }
}
