package io.lhttp.filters.upstream;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.channel.ChannelName;
import io.lhttp.filters.upstream.HookAnswer.Allowed;
import io.lhttp.filters.upstream.HookAnswer.Body;
import io.lhttp.filters.upstream.HookAnswer.Refused;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonReader;
import io.lhttp.internal.text.Nearest;
import io.lhttp.message.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a backend's answer. An answer with anything that this reader does not know is broken, so
 * that no misspelt condition is taken for a permission. Used by one thread for one answer.
 */
final class HookAnswerReader {
  /** Thrown for an answer that can't be understood; the text says why, for the operator. */
  static final class BrokenAnswerException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenAnswerException(String reason) {
      super(reason, null, false, false);
    }
  }

  private static final int MAX_DEPTH = 32;

  /** The most channels that a connection joins by one answer, as by one message. */
  private static final int MAX_CHANNELS = 64;

  private static final int MAX_HEADERS = 64;
  private static final int MAX_NAME = 1024;

  /** Such names could not be blocked, and half of a character becomes another name in UTF-8. */
  private static final Pattern MALFORMED_NAME = Pattern.compile("[\\p{Cntrl}\\p{Cs}]");

  private static final long LONGEST_SECONDS = Duration.ofDays(366).toSeconds();
  private static final int DEFAULT_STATUS = 403;
  private static final String DEFAULT_REASON = "refused";

  private static final Set<String> REFUSAL =
      new LinkedHashSet<>(List.of("allow", "status", "reason", "retry-after", "close"));

  private final Set<String> known;
  private final Map<?, ?> fields;

  private HookAnswerReader(Set<String> known, Map<?, ?> fields) {
    this.known = known;
    this.fields = fields;
  }

  /**
   * Reads the JSON of an answer.
   *
   * @throws BrokenAnswerException if it is not exactly an answer to this question
   */
  static HookAnswer read(Hook hook, String json) throws BrokenAnswerException {
    @Nullable Object value;
    try {
      value = JsonReader.parse(json, MAX_DEPTH);
    } catch (IOException e) {
      throw new BrokenAnswerException("no JSON: " + e.getMessage());
    }
    if (!(value instanceof Map<?, ?> fields)) {
      throw new BrokenAnswerException("expected an object");
    }
    if (!(fields.get("allow") instanceof Boolean allow)) {
      var any = permission(hook);
      any.addAll(REFUSAL);
      requireKnown(fields, any);
      throw new BrokenAnswerException("allow: expected true or false");
    }
    var known = allow ? permission(hook) : REFUSAL;
    return new HookAnswerReader(known, fields).read(allow);
  }

  /** The fields that a permission may have. */
  private static Set<String> permission(Hook hook) {
    var known = new LinkedHashSet<>(List.of("allow"));
    switch (hook) {
      case CONNECT, REFRESH -> known.addAll(List.of("user", "claims", "subscribe", "expires-in"));
      case MESSAGE ->
          known.addAll(List.of("user", "claims", "subscribe", "headers", "body", "json", "base64"));
      case PUBLISH -> known.addAll(List.of("headers", "body", "json", "base64"));
      case SUBSCRIBE -> {}
    }
    return known;
  }

  private HookAnswer read(boolean allow) throws BrokenAnswerException {
    requireKnown(fields, known);
    return allow
        ? new Allowed(user(), claims(), channels(), seconds("expires-in", 1), headers(), body())
        : refused();
  }

  private static void requireKnown(Map<?, ?> fields, Set<String> known)
      throws BrokenAnswerException {
    for (var field : fields.keySet()) {
      var name = String.valueOf(field);
      if (!known.contains(name)) {
        throw new BrokenAnswerException(
            "'" + name + "': no field of this answer" + Nearest.hint(name, known));
      }
    }
  }

  private Refused refused() throws BrokenAnswerException {
    var status = (int) number("status", 400, 599).orElse((long) DEFAULT_STATUS).longValue();
    var reason = text("reason").orElse(DEFAULT_REASON);
    var refusal = Outcome.refused(status, reason);
    var pause = seconds("retry-after", 0);
    var close = number("close", 1000, 4999);
    try {
      return new Refused(
          pause.map(refusal::retryAfter).orElse(refusal),
          close.map(code -> Refused.closing(code.intValue(), refusal.reason())));
    } catch (IllegalArgumentException e) {
      throw new BrokenAnswerException("close: " + e.getMessage());
    }
  }

  private Optional<String> user() throws BrokenAnswerException {
    var user = text("user");
    if (user.isPresent() && (user.get().isEmpty() || user.get().length() > MAX_NAME)) {
      throw new BrokenAnswerException("user: expected a name of 1 to 1024 characters");
    }
    if (user.isPresent() && MALFORMED_NAME.matcher(user.get()).find()) {
      throw new BrokenAnswerException(
          "user: expected no control character, and no half of a character");
    }
    return user;
  }

  private Optional<Map<String, Object>> claims() throws BrokenAnswerException {
    var value = fields.get("claims");
    if (!fields.containsKey("claims")) {
      return Optional.empty();
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw new BrokenAnswerException("claims: expected an object");
    }
    var claims = new LinkedHashMap<String, Object>();
    for (var claim : map.entrySet()) {
      var name = String.valueOf(claim.getKey());
      claims.put(name, claim("claims." + name, claim.getValue()));
    }
    return Optional.of(Map.copyOf(claims));
  }

  /** Returns a claim's value, in which nothing is null. */
  private static Object claim(String name, @Nullable Object value) throws BrokenAnswerException {
    if (value == null) {
      throw new BrokenAnswerException(name + ": expected a value, not null");
    }
    return switch (value) {
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<String, Object>();
        for (var entry : map.entrySet()) {
          var key = String.valueOf(entry.getKey());
          copy.put(key, claim(name + "." + key, entry.getValue()));
        }
        yield Map.copyOf(copy);
      }
      case List<?> list -> {
        var copy = new ArrayList<>();
        for (var item : list) {
          copy.add(claim(name + "[]", item));
        }
        yield List.copyOf(copy);
      }
      default -> value;
    };
  }

  private List<String> channels() throws BrokenAnswerException {
    if (!fields.containsKey("subscribe")) {
      return List.of();
    }
    if (!(fields.get("subscribe") instanceof List<?> list) || list.size() > MAX_CHANNELS) {
      throw new BrokenAnswerException("subscribe: expected a list of up to 64 channels");
    }
    var channels = new ArrayList<String>();
    for (var item : list) {
      if (!(item instanceof String channel)) {
        throw new BrokenAnswerException("subscribe: expected names of channels");
      }
      try {
        ChannelName.require(channel);
      } catch (RefusedException e) {
        throw new BrokenAnswerException("subscribe: " + e.getMessage());
      }
      channels.add(channel);
    }
    return List.copyOf(channels);
  }

  private Map<String, @Nullable String> headers() throws BrokenAnswerException {
    if (!fields.containsKey("headers")) {
      return Map.of();
    }
    if (!(fields.get("headers") instanceof Map<?, ?> map) || map.size() > MAX_HEADERS) {
      throw new BrokenAnswerException("headers: expected an object of up to 64 headers");
    }
    var headers = new LinkedHashMap<String, @Nullable String>();
    for (var entry : map.entrySet()) {
      var name = String.valueOf(entry.getKey());
      switch (entry.getValue()) {
        case null -> headers.put(name, null);
        case String value -> headers.put(name, value);
        default -> throw new BrokenAnswerException("headers." + name + ": expected a text or null");
      }
    }
    try { // the codec knows which headers there can be
      var probe = Message.builder("x");
      headers.forEach((name, value) -> probe.header(name, value == null ? "" : value));
      var unused = probe.build();
    } catch (IllegalArgumentException e) {
      throw new BrokenAnswerException("headers: " + e.getMessage());
    }
    return headers;
  }

  private Optional<Body> body() throws BrokenAnswerException {
    var text = text("body");
    var base64 = text("base64");
    var json =
        fields.containsKey("json")
            ? Optional.of(Json.value(fields.get("json")))
            : Optional.<String>empty();
    if ((text.isPresent() ? 1 : 0) + (base64.isPresent() ? 1 : 0) + (json.isPresent() ? 1 : 0)
        > 1) {
      throw new BrokenAnswerException("expected one of body, json and base64");
    }
    if (base64.isPresent()) {
      try {
        var unused = Base64.getDecoder().decode(base64.get());
      } catch (IllegalArgumentException e) {
        throw new BrokenAnswerException("base64: " + e.getMessage());
      }
      return Optional.of(new Body(base64.get(), true));
    }
    return text.or(() -> json).map(body -> new Body(body, false));
  }

  private Optional<String> text(String name) throws BrokenAnswerException {
    if (!fields.containsKey(name)) {
      return Optional.empty();
    }
    if (!(fields.get(name) instanceof String text)) {
      throw new BrokenAnswerException(name + ": expected a text");
    }
    return Optional.of(text);
  }

  private Optional<Long> number(String name, long least, long most) throws BrokenAnswerException {
    if (!fields.containsKey(name)) {
      return Optional.empty();
    }
    if (!(fields.get(name) instanceof Long number) || number < least || number > most) {
      throw new BrokenAnswerException(
          name + ": expected a whole number from " + least + " to " + most);
    }
    return Optional.of(number);
  }

  private Optional<Duration> seconds(String name, long least) throws BrokenAnswerException {
    return number(name, least, LONGEST_SECONDS).map(Duration::ofSeconds);
  }
}
