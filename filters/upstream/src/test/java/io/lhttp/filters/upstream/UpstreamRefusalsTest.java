package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.options;
import static io.lhttp.filters.upstream.Upstreams.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The filter {@code upstream} refuses malformed and forbidden targets without making a connection.
 */
class UpstreamRefusalsTest {
  private final RawBackend backend = RawBackend.ok();

  @AfterEach
  void close() {
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST",
        "POST ",
        "GET  records",
        "get records",
        "TRACE records",
        "CONNECT records",
        "GET http://",
        "GET http:///x",
        "GET http://user@127.0.0.1/",
        "GET http://127.0.0.1\\@example.com/",
        "GET http://127.0.0.1/#part",
        "GET http://127.0.0.1:99999/",
        "GET http://%31%32%37.0.0.1/",
        "GET ftp://127.0.0.1/",
        "GET file:///etc/passwd",
        "GET records\\x",
        "GET http://①②⑦.0.0.1/"
      })
  void malformedHeader_isRefusedWithoutConnection(String header) {
    assertThat(outcome(allow(backend), header))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.status()).isEqualTo(400));
    assertThat(backend.connections).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/recording",
        "/record/../admin",
        "/record/%2e%2e/admin",
        "/record/..%2fadmin",
        "/record/..;/admin",
        "/record/%252e%252e/admin",
        "/record/..%5cadmin",
        "/record%00",
        "/Record"
      })
  void path_leavingAllowedPrefix_isRefused(String path) {
    var options = options(o -> o.allow(backend.url("/record")));

    assertThat(outcome(options, "GET " + backend.url(path)))
        .isEqualTo(Outcome.refused(403, "this upstream is not allowed"));
    assertThat(outcome(options, "GET " + backend.url("/record/1?x=/../y")))
        .isEqualTo(Outcome.done());
    assertThat(backend.connections.get()).isLessThanOrEqualTo(1);
  }

  @Test
  void forbiddenMethod_isRefused() {
    assertThat(outcome(allow(backend), "DELETE " + backend.url("/")))
        .isEqualTo(Outcome.refused(403, "this method is not allowed"));
  }

  private static UpstreamOptions allow(RawBackend backend) {
    return options(o -> o.allow(backend.url("/")));
  }
}
