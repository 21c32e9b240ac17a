package io.lhttp.app.testbench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.lhttp.Surroundings;
import io.lhttp.scripts.testing.TestHttp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers an application's requests instead of the network, as a test has prepared it. */
final class TestNetwork implements TestHttp {
  /**
   * The prepared answers. The newest comes first, and the first that matches is given. Guarded by
   * this object's lock.
   */
  private final List<Prepared> answers = new ArrayList<>();

  /** The requests that the application has made. Guarded by this object's lock. */
  private final List<Request> asked = new ArrayList<>();

  /**
   * @param request matches the requests that get this answer
   * @param error the reason why the request fails; null if it does not
   */
  private record Prepared(Pattern request, Answer answer, @Nullable String error) {}

  @Override
  public synchronized Answer answer(Request request) throws IOException {
    asked.add(request);
    var line = request.method() + " " + request.uri();
    for (var prepared : answers) {
      if (prepared.request.matcher(line).matches()) {
        if (prepared.error != null) {
          throw new IOException(prepared.error);
        }
        return prepared.answer;
      }
    }
    throw new IOException("the test has no answer for " + line);
  }

  /** Answers a request of a filter or processor in Java. */
  Surroundings.Http.Response answer(Surroundings.Http.Request request) throws IOException {
    var answer =
        answer(new Request(request.method(), request.uri(), request.headers(), request.body()));
    return new Surroundings.Http.Response(answer.status(), answer.headers(), answer.body());
  }

  /** Prepares an answer, as the test's script describes it. */
  synchronized boolean answer(JsonNode prepared) {
    var pattern =
        Stream.of(prepared.path("request").asText().split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    var headers = new LinkedHashMap<String, List<String>>();
    prepared
        .path("headers")
        .properties()
        .forEach(e -> headers.put(e.getKey(), List.of(e.getValue().asText())));
    var body =
        prepared.hasNonNull("base64")
            ? Base64.getDecoder().decode(prepared.path("base64").asText())
            : prepared.path("body").asText().getBytes(UTF_8);
    answers.addFirst(
        new Prepared(
            Pattern.compile(pattern),
            new Answer(prepared.path("status").asInt(), headers, ByteBuffer.wrap(body)),
            prepared.hasNonNull("error") ? prepared.path("error").asText() : null));
    return true;
  }

  /** The requests that the application has made, in order. */
  synchronized List<Map<String, Object>> requests() {
    return asked.stream().map(TestNetwork::describe).toList();
  }

  private static Map<String, Object> describe(Request asked) {
    var headers =
        asked.headers().entrySet().stream()
            .flatMap(e -> e.getValue().stream().map(value -> List.of(e.getKey(), value)))
            .toList();
    return Map.of(
        "method",
        asked.method(),
        "url",
        asked.uri().toString(),
        "headers",
        headers,
        "body",
        UTF_8.decode(asked.body().duplicate()).toString());
  }
}
