package io.lhttp.outgoing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checks of outgoing requests refuse paths and headers that a backend could misread. */
class OutgoingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "/a", "/a/", "/a/b.c", "/a+b/c%20d", "/a;v=1", "/...", "/%C3%BC", "/a:b"})
  void plainPath_isTaken(String path) {
    assertThat(OutgoingPaths.plain(path)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..",
        "/a/../b",
        "/.",
        "/%2e%2e/",
        "/.%2e",
        "/%252e%252e/",
        "/%252f",
        "/a%2fb",
        "/a%5cb",
        "/a\\b",
        "//",
        "//a",
        "/a//b",
        "/%00",
        "/a%0d%0ab",
        "/%0",
        "/%zz",
        "/..;x=1/",
        "/%2e%2e;/",
        "/%c0%ae%c0%ae/",
        "/%7f",
        "/%25"
      })
  void ambiguousPath_isRefused(String path) {
    assertThat(OutgoingPaths.plain(path)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding", "transfer_encoding", "content-length", "Upgrade", "connection", "host",
        "TE", "trailer", "expect", "proxy-authorization", "Proxy-Connection", "keep-alive",
        "HTTP2-Settings"
      })
  void framingHeader_isRefused(String name) {
    assertThat(OutgoingHeaders.settable(name)).isFalse();
    assertThat(OutgoingHeaders.passable(name)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Remote-User",
        "REMOTE_USER",
        "X-Auth-Request-User",
        "Client-IP",
        "X-Forwarded-For",
        "forwarded",
        "X-Real-IP",
        "cf-connecting-ip",
        "x-amzn-oidc-data",
        "X-WEBAUTH-USER",
        "x-consumer-id",
        "ssl-client-verify",
        "X-Original-URL",
        "lhttp-user",
        "authorization",
        "cookie",
        "tailscale-user-login",
        "x-goog-authenticated-user-email",
        "x-ms-client-principal",
        "origin",
        "referer",
        "true-client-ip",
        "X-User-Id",
        "x-authenticated-userid",
        "iv-user",
        "SM_USER",
        "shib-identity-provider",
        "mellon-user",
        "fly-client-ip",
        "incap-client-ip",
        "x-real-port",
        "x-vercel-forwarded-for",
        "x-nf-client-connection-ip",
        "akamai-origin-hop",
        "cdn-src-ip",
        "x-preferred-username",
        "x-email",
        "x-groups",
        "x-middleware-subrequest",
        "x-http-path-override",
        "x-override-url",
        "x-https",
        "x-tls-client-verify"
      })
  void trustedHeader_isSettableByCodeOnly(String name) {
    assertThat(OutgoingHeaders.passable(name)).isFalse();
    assertThat(OutgoingHeaders.settable(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"from", "content-type", "accept", "publish", "x-shop-cart", "traceparent"})
  void otherHeader_mayPass(String name) {
    assertThat(OutgoingHeaders.passable(name)).isTrue();
  }
}
