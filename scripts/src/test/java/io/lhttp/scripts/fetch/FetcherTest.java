package io.lhttp.scripts.fetch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.scripts.Limits;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code fetch} requests only allowed URLs, and scripts can't set the headers of the transport. */
class FetcherTest {
  private final Fetcher fetcher =
      new Fetcher(
          List.of(URI.create("http://api.example/v1/"), URI.create("https://open.example")),
          Limits.DEFAULT,
          null);

  @AfterEach
  void close() {
    fetcher.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://api.example/v1/",
        "http://api.example/v1/a?b=/../c",
        "http://API.example:80/v1/a",
        "https://open.example",
        "https://open.example/a/b;v=1"
      })
  void allowedTarget_isAccepted(String url) {
    assertThatCode(() -> request(url)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://api.example/v1/../v2",
        "http://api.example/v1/%2e%2e/v2",
        "http://api.example/v1/%252e%252e/v2",
        "http://api.example/v1//evil",
        "http://api.example//v1/",
        "http://api.example/v1/%00",
        "http://api.example/v1/a%0d%0aHost:x",
        "http://api.example/v1/..;/v2",
        "http://api.example/v1/%5c..%5cv2",
        "http://api.example/v11",
        "http://api.example:81/v1/",
        "https://api.example/v1/",
        "http://user@api.example/v1/",
        "http:api.example/v1/"
      })
  void targetOutsideAllowedUrls_throws(String url) {
    assertThatThrownBy(() -> request(url)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "transfer-encoding",
        "Upgrade",
        "content-length",
        "Connection",
        "te",
        "proxy-auth"
      })
  void transportHeader_throws(String name) {
    assertThatThrownBy(() -> request("https://open.example/").header(name, "x"))
        .hasMessageContaining("fetch sets the header '" + name + "' itself");
  }

  @Test
  void applicationHeader_isAccepted() {
    assertThatCode(() -> request("https://open.example/").header("authorization", "Bearer x"))
        .doesNotThrowAnyException();
  }

  private Request request(String url) {
    return fetcher.request("GET", url, 0, null, fetched -> {});
  }
}
