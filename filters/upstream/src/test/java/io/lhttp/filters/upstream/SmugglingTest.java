package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.options;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.ProtocolException;
import io.lhttp.testing.TestChain;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A generated message causes at most one request, and only the one that it names. */
class SmugglingTest {
  private static final int MESSAGES = 10_000;
  private static final long SEED = 20_261_125;

  private static final List<String> METHODS =
      List.of("GET", "POST", "get", "Post", "PUT", "CONNECT", "TRACE", "GET\t", "POST\u000b", "");

  private static final List<String> NAMES =
      List.of(
          "Host",
          "Content-Length",
          "content_length",
          "Transfer-Encoding",
          "Transfer_Encoding",
          "Connection",
          "Proxy-Connection",
          "Keep-Alive",
          "TE",
          "Trailer",
          "Upgrade",
          "Expect",
          "X-Forwarded-For",
          "X_Forwarded_Host",
          "X-Forwarded-Proto",
          "Forwarded",
          "X-Real-IP",
          "Authorization",
          "Cookie",
          "Accept-Encoding",
          "HTTP2-Settings",
          "X-HTTP-Method-Override",
          "Remote-User",
          "X-Auth-Request-User",
          "Client-IP",
          "X-Remote-User",
          "X-Amzn-Oidc-Identity",
          "X-Authenticated-User",
          "X-Consumer-Username",
          "SSL_CLIENT_S_DN",
          "lhttp-user",
          "lhttp-signature",
          "content-type",
          "from",
          "x");

  /** Headers that the HTTP client sets itself. */
  private static final List<String> OUR_OWN =
      List.of("host", "content-length", "connection", "accept-encoding");

  private static final List<String> PASSING = List.of("content-type", "from", "x");

  private static final List<String> FORBIDDEN =
      NAMES.stream()
          .map(name -> name.toLowerCase(Locale.ROOT))
          .filter(name -> !OUR_OWN.contains(name) && !PASSING.contains(name))
          .toList();

  private static final List<String> VALUES =
      List.of(
          "0",
          "5",
          "-1",
          "+5",
          "0x5",
          "5, 6",
          "99999999999999999999",
          "chunked",
          "identity, chunked",
          "\u000bchunked",
          "close",
          "keep-alive, host",
          "100-continue",
          "evil.example",
          "x\r\nHost: evil.example",
          "x\nHost: evil.example",
          "x\rHost: evil.example",
          "x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x",
          "x\u0000y",
          "x\u0085y",
          "x\u2028y",
          "\u560d\u560aHost: evil.example",
          "é",
          "");

  private static final List<String> BODIES =
      List.of("", "x", "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n", "hello");

  private final Random random = new Random(SEED);

  @Test
  void generatedMessages_makeOneRequestOrNone() throws Exception {
    var forwarded = 0;
    try (var backend = RawBackend.ok();
        var filter =
            new UpstreamFilter(
                options(o -> o.allow(backend.url("/")).methods(HttpMethod.values()).headers("*")));
        var chain = TestChain.builder().filter("upstream", filter).build()) {
      var mallory = chain.connect("mallory");
      for (var i = 0; i < MESSAGES; i++) {
        var path = "/" + i;
        var body = any(BODIES);
        var text = message(backend.url(path), body);
        Message message;
        try {
          message = MessageReader.DEFAULT.read(text.getBytes(ISO_8859_1), Message.Format.BINARY);
        } catch (ProtocolException e) {
          continue; // the codec refuses such a message
        }
        var outcome = chain.send(mallory, message).outcome();
        if (outcome instanceof Outcome.Refused) {
          assertThat(backend.requests).as(text).isEmpty();
          continue;
        }
        forwarded++;
        assertThat(backend.requests).as(text).hasSize(1);
        check(backend, backend.requests.take(), path, message);
      }
      assertThat(backend.malformed).isEmpty();
      assertThat(backend.requests).isEmpty();
    }
    assertThat(forwarded).isGreaterThan(MESSAGES / 20);
  }

  private static void check(
      RawBackend backend, RawBackend.Recorded got, String path, Message message) {
    assertThat(got.line()).matches("(GET|HEAD|POST|PUT|PATCH|DELETE) " + path + "[!-~]* HTTP/1.1");
    assertThat(got.headers("host")).containsExactly("127.0.0.1:" + backend.port());
    assertThat(got.headers("connection")).containsExactly("Keep-Alive");
    assertThat(got.headers("accept-encoding")).containsExactly("gzip");
    for (var name : FORBIDDEN) {
      assertThat(got.headers(name)).as(name).isEmpty();
    }
    if (got.line().startsWith("P")) {
      assertThat(got.body()).isEqualTo(new String(message.bodyBytes(), ISO_8859_1));
    } else {
      assertThat(got.body()).isEmpty();
    }
  }

  private String message(String url, String body) {
    var text = new StringBuilder("LHTTP/1.0 x\r\nupstream:");
    text.append(any(METHODS)).append(' ').append(url);
    if (random.nextInt(10) == 0) {
      text.append(any(VALUES));
    }
    text.append("\r\n");
    for (var i = random.nextInt(5); i > 0; i--) {
      text.append(mutated(any(NAMES))).append(':').append(mutated(any(VALUES))).append("\r\n");
    }
    return text.append("\r\n").append(body).toString();
  }

  /** Returns the text, unchanged or with one character changed, doubled or removed. */
  private String mutated(String text) {
    if (text.isEmpty() || random.nextInt(3) > 0) {
      return text;
    }
    var at = random.nextInt(text.length());
    var changed = new StringBuilder(text);
    switch (random.nextInt(3)) {
      case 0 -> changed.setCharAt(at, (char) random.nextInt(256));
      case 1 -> changed.insert(at, text.charAt(at));
      default -> changed.deleteCharAt(at);
    }
    return changed.toString();
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
