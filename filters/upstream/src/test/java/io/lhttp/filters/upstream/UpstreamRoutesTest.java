package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.UpstreamTargetsTest.named;
import static io.lhttp.filters.upstream.Upstreams.message;
import static io.lhttp.filters.upstream.Upstreams.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Routes forward messages by command, and rules decide which clients may choose a target
 * themselves.
 */
class UpstreamRoutesTest {
  private static final Outcome NOT_ALLOWED = Outcome.refused(403, "this upstream is not allowed");

  private final RawBackend backend = RawBackend.ok();

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void route_forwardsMessagesOfItsCommandOnly() throws Exception {
    try (var chain = chain(o -> o.route("chat", "POST store/chat?from=lhttp"))) {
      var jack = chain.connect("jack");

      assertThat(chain.send(jack, Message.of("chat", "hello")).outcome()).isEqualTo(Outcome.done());
      chain.send(jack, Message.builder("other").header("publish", "room").body("x").build());
    }
    var got = backend.requests.take();
    assertThat(got.line()).isEqualTo("POST /store/chat?from=lhttp HTTP/1.1");
    assertThat(got.body()).isEqualTo("hello");
    assertThat(backend.requests).isEmpty();
  }

  @Test
  void routeWithGet_returnsAnswer() {
    try (var chain = chain(o -> o.route("latest", "GET store/latest"))) {
      assertThat(chain.send(chain.connect("jack"), Message.of("latest", "")).replies())
          .containsExactly(
              Message.builder("latest").header("upstream-status", "200").body("ok").build());
    }
  }

  @Test
  void routeToUrl_needsAndGrantsNoPermission() throws Exception {
    var url = backend.url("/record?n=1");
    try (var chain = chain(o -> o.route("chat", "PUT " + url).fromClients(ClientTargetRules.ANY))) {
      var jack = chain.connect("jack");

      chain.send(jack, Message.of("chat", "hello"));
      assertThat(backend.requests.take().line()).isEqualTo("PUT /record?n=1 HTTP/1.1");
      assertThat(chain.send(jack, Message.builder("x").header("upstream", "GET " + url).build()))
          .extracting(TestChain.Result::outcome)
          .isEqualTo(NOT_ALLOWED);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET store",
        "POST store",
        "GET http://127.0.0.1:1/",
        "GET nothing",
        "PUT store/x"
      })
  void clientHeader_withoutPermission_isRefusedBeforeEffects(String header) {
    try (var chain = chain(o -> o.fromClients(ClientTargetRules.NONE))) {
      var result =
          chain.send(
              chain.connect("jack"), message(header).header("publish", "room").body("x").build());

      assertThat(result.outcome()).isEqualTo(NOT_ALLOWED);
      assertThat(result.published()).isEmpty();
      assertThat(backend.requests).isEmpty();
    }
  }

  @Test
  void clientHeader_toTargetOfRoute_isRefused() {
    try (var chain = chain(o -> o.route("chat", "POST store").fromClients(ClientTargetRules.ANY))) {
      var result = chain.send(chain.connect("jack"), message("GET store").build());

      assertThat(result.outcome()).isEqualTo(NOT_ALLOWED);
      assertThat(backend.requests).isEmpty();
    }
  }

  @Test
  void clientHeader_withRoutesAndDefaultRules_isRefused() {
    try (var chain = chain(o -> o.route("record", "POST store"))) {
      assertThat(chain.send(chain.connect("jack"), message("GET store").build()).outcome())
          .isEqualTo(NOT_ALLOWED);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET store/public/7, reader, true",
    "GET store/public?x=1, reader, true",
    "GET store/public/7, writer, false",
    "GET store/public/7, '', false",
    "POST store/public/7, reader, false",
    "GET store/publicity, reader, false",
    "GET store, reader, false",
    "GET store/public/../private, reader, false",
    "GET store/public/%2e%2e/private, reader, false",
    "GET store/public//x, reader, false",
    "POST store/in, '', true",
    "GET store/private, admin, true"
  })
  void rules_permitByMethodPathAndRole(String header, String role, boolean permitted) {
    var rules =
        new ClientTargetRules(
            List.of(
                new ClientTargetRules.Rule(
                    List.of(HttpMethod.GET), targets("store/public"), List.of("reader")),
                new ClientTargetRules.Rule(
                    List.of(HttpMethod.POST), targets("store/in"), List.of()),
                new ClientTargetRules.Rule(List.of(), List.of(), List.of("admin"))));
    try (var chain = chain(o -> o.fromClients(rules))) {
      var jack = chain.connect("jack");
      jack.authenticate(new Principal("jack", Map.of("roles", List.of(role))));

      var outcome = chain.send(jack, message(header).build()).outcome();

      assertThat(outcome).isEqualTo(permitted ? Outcome.done() : NOT_ALLOWED);
      assertThat(backend.requests).hasSize(permitted ? 1 : 0);
    }
  }

  @Test
  void ruleForUrls_doesNotWidenAllowedUrls() {
    var rules =
        new ClientTargetRules(
            List.of(new ClientTargetRules.Rule(List.of(), targets("http://*:*"), List.of())));
    try (var chain = chain(o -> o.allow(backend.url("/in")).fromClients(rules))) {
      var jack = chain.connect("jack");

      assertThat(chain.send(jack, message("GET " + backend.url("/in/1")).build()).outcome())
          .isEqualTo(Outcome.done());
      assertThat(chain.send(jack, message("GET " + backend.url("/out")).build()).outcome())
          .isEqualTo(NOT_ALLOWED);
      assertThat(chain.send(jack, message("GET store").build()).outcome()).isEqualTo(NOT_ALLOWED);
    }
  }

  @Test
  void headerOfProcessor_needsNoClientPermission() throws Exception {
    var options =
        options(o ->
            o.named(Map.of("store", named(backend.url("/store"))))
                .fromClients(ClientTargetRules.NONE));
    try (var chain =
        TestChain.builder()
            .filter("upstream", new UpstreamFilter(options))
            .processor("chat", exchange -> exchange.rewrite(message("POST store/7").build()))
            .build()) {
      assertThat(chain.send(chain.connect("jack"), Message.of("chat", "")).outcome())
          .isEqualTo(Outcome.done());
    }
    assertThat(backend.requests.take().line()).isEqualTo("POST /store/7 HTTP/1.1");
  }

  @Test
  void clientHeader_withPermissionForAny_isForwarded() {
    var options = options(o -> o.allow(backend.url("/")).fromClients(ClientTargetRules.ANY));
    try (var chain = TestChain.builder().filter("upstream", new UpstreamFilter(options)).build()) {
      assertThat(
              chain
                  .send(chain.connect("jack"), message("POST " + backend.url("/record")).build())
                  .outcome())
          .isEqualTo(Outcome.done());
    }
    assertThat(backend.requests).hasSize(1);
  }

  @Test
  void routedCommand_mayBlock() {
    try (var filter = new UpstreamFilter(store(o -> o.route("chat", "POST store")))) {
      assertThat(filter.mayBlock(Message.of("chat", ""))).isTrue();
      assertThat(filter.mayBlock(Message.of("other", ""))).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST stor, the route of 'chat' leads to 'stor'",
    "POST, a method",
    "post store, one of GET",
    "POST https://*.example.com/x, a method",
    "POST http://user@h/, a URL",
    "POST store x, a method",
    "POST store#x, a method"
  })
  void routeToUnknownTarget_throws(String route, String expected) {
    assertThatThrownBy(() -> store(o -> o.route("chat", route)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"store/../x", "store?x", "ftp://h", "", "a b", "store//x", "http://h/a%2fb"})
  void malformedTargetPattern_throws(String to) {
    assertThatThrownBy(() -> TargetPattern.parse(to))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("URL");
  }

  @ParameterizedTest
  @CsvSource({
    "https://*.example.com/a, https://x.example.com/a/1?q, true",
    "https://*.example.com/a, https://x.example.com/ab, false",
    "https://*.example.com/a, http://x.example.com/a, false",
    "http://10.0.0.5:9000/record, http://10.0.0.5:9000/record/7, true",
    "http://10.0.0.5:9000/record, http://10.0.0.5:9001/record, false",
    "http://10.0.0.5:9000/record, store/record, false",
    "http://*, http://, false",
    "store, https://store/, false",
    "store/a, store/a?x=//y, true",
  })
  void targetPattern_coversMatchingTargetsAlone(String pattern, String target, boolean covered) {
    var parsed = TargetPattern.parse(pattern);

    assertThat(parsed.covers(target, TargetPattern.url(target))).isEqualTo(covered);
    assertThat(parsed).hasToString(pattern).isEqualTo(TargetPattern.parse(pattern));
  }

  private static List<TargetPattern> targets(String... targets) {
    return Arrays.stream(targets).map(TargetPattern::parse).toList();
  }

  private UpstreamOptions store(UnaryOperator<UpstreamOptions.Builder> change) {
    return options(o -> change.apply(o.named(Map.of("store", named(backend.url("/store"))))));
  }

  private TestChain chain(UnaryOperator<UpstreamOptions.Builder> change) {
    return TestChain.builder()
        .filter("upstream", new UpstreamFilter(store(change)))
        .filter("pubsub", new PubSubFilter())
        .processor("latest", exchange -> {})
        .processor("chat", exchange -> {})
        .build();
  }
}
