package io.lhttp.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.app.Processes;
import io.lhttp.client.LhttpClient;
import io.lhttp.fixture.Ports;
import io.lhttp.message.Message;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * {@code /metrics} and {@code /chain} show which filter refuses which client, and the filters'
 * times.
 */
class AdminPagesTest extends ProcessFixture {
  private static final String JACKS_KEY = "jacks-key-of-some-length";
  private static final String MIKES_KEY = "mikes-key-of-some-length";

  /**
   * A token that names a key, so that it could only be verified with an issuer's published keys.
   */
  private static final String FOREIGN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AAAA";

  @BeforeEach
  void aProcessor() throws IOException {
    write("processors/say.js", "export function onMessage(ctx) { ctx.send(ctx.body); }");
  }

  @Test
  void adminPages_showRefusalsAndTimesOfEachFilter() throws Exception {
    var dead = Ports.free();
    write(
        "filters/no-shouting.js",
        """
        export function before(ctx) {
          if (ctx.body && ctx.body === ctx.body.toUpperCase()) ctx.refuse(422, "no shouting");
        }
        """);
    write(
        "lhttp.yaml",
        """
        chain:
          - auth:
              jwt: { jwks: "http://127.0.0.1:%1$d/keys" }
              api-keys: { jack: { key: %2$s }, mike: { key: %3$s } }
              permissions: [ { channel: "room:*" } ]
          - rate-limit: { per: user, rate: 6/h }
          - no-shouting
          - upstream: { allow: [ "http://127.0.0.1:%1$d/" ], retries: 0 }
          - pubsub
        """
            .formatted(dead, JACKS_KEY, MIKES_KEY));
    var serve = processes.serve(folder);
    var server = Processes.listening(serve);
    try (var errors = serve.errorReader()) {
      var admin = Processes.admin(errors);

      jackSpeaksAndShouts(server);
      mikeSpeaksTooOftenAndWhereHeMayNot(server, dead);
      aForeignTokenIsShown(server);

      assertThat(get(admin, "/metrics").lines())
          .contains(
              refusals("auth", "say", 403, 1),
              refusals("auth", "say", 503, 1),
              refusals("no-shouting", "say", 422, 2),
              refusals("upstream", "say", 502, 1),
              refusals("rate-limit", "say", 429, 3),
              of("lhttp_auth_accepted_total", "", 2),
              of("lhttp_auth_refusals_total", ",reason=\"channel\"", 1),
              of("lhttp_auth_refusals_total", ",reason=\"keys-unavailable\"", 1),
              of("lhttp_auth_refusals_total", ",reason=\"signature\"", 0),
              of("lhttp_auth_key_fetches_total", ",result=\"failed\"", 1),
              of("lhttp_auth_key_fetches_total", ",result=\"fetched\"", 0))
          .anyMatch(one ->
              one.startsWith(
                  "lhttp_link_recent_seconds{kind=\"filter\",link=\"upstream\",percentile=\"99\"}"));

      var chain = new ObjectMapper().readTree(get(admin, "/chain"));
      assertRefused(filter(chain, "auth"), "mike", 403, "not allowed on this channel", 1);
      assertRefused(filter(chain, "no-shouting"), "jack", 422, "no shouting", 2);
      assertRefused(filter(chain, "rate-limit"), "mike", 429, "too many messages", 3);
      assertRefused(filter(chain, "upstream"), "mike", 502, "the upstream failed", 1);
      assertThat(filter(chain, "pubsub").get("lastRefused")).isEmpty();
      for (var filter : chain.get("filters")) {
        var times = filter.get("lastMinuteMicros");
        assertThat(times.get("p99").asDouble()).as(filter.toString()).isPositive();
        assertThat(times.get("p50").asDouble()).isLessThanOrEqualTo(times.get("p99").asDouble());
      }
      assertThat(filter(chain, "auth").toString()).doesNotContain(JACKS_KEY, MIKES_KEY);
    }
  }

  @Test
  void filterTwice_hasNumbersAndLogOfEachName() throws Exception {
    write(
        "filters/log.js",
        """
        export function before(ctx) {
          console.log("seen by " + ctx.options.word);
          if (ctx.options.refuses) ctx.refuse(422, "no");
        }
        """);
    write(
        "filters/Fails.java",
        """
        import io.lhttp.*;
        public class Fails implements Filter {
          record Options(String command) {}
          private final Options options;
          public Fails(Options options) { this.options = options; }
          public Outcome filter(Exchange exchange, Chain chain) throws Exception {
            if (exchange.request().command().equals(options.command())) {
              throw new IllegalStateException("on purpose");
            }
            return chain.proceed(exchange);
          }
        }
        """);
    write(
        "lhttp.yaml",
        """
        chain:
          - Fails: { command: never }
          - log: { word: one }
          - again: { filter: Fails, command: fail }
          - more: { filter: log, word: two, refuses: true }
        """);
    var serve = processes.serve(folder, "--set", "chain.more.word=three");
    var server = Processes.listening(serve);
    try (var errors = serve.errorReader()) {
      var admin = Processes.admin(errors);
      try (var client = LhttpClient.builder(server).connect()) {
        ask(client, Message.of("say", ""));
        ask(client, Message.of("fail", ""));
      }

      assertThat(Processes.line(errors, "seen by one")).contains("filters/log.js ");
      assertThat(Processes.line(errors, "seen by three")).contains("filters/log.js[more] ");
      assertThat(Processes.line(errors, "filter failed")).contains("name=again ");
      var chain = new ObjectMapper().readTree(get(admin, "/chain"));
      assertThat(chain.get("filters").valueStream())
          .extracting(one -> one.get("name").asText() + "=" + one.get("filter").asText())
          .containsExactly("Fails=Fails", "log=log", "again=Fails", "more=log");
      assertThat(filter(chain, "more").get("options")).hasToString("[\"word\",\"refuses\"]");
      assertThat(get(admin, "/metrics").lines())
          .contains(
              refusals("more", "say", 422, 1),
              "lhttp_link_messages_total{kind=\"filter\",link=\"log\"} 2.0",
              "lhttp_link_failures_total{kind=\"filter\",link=\"Fails\"} 0.0",
              "lhttp_link_failures_total{kind=\"filter\",link=\"again\"} 1.0");
    }
  }

  private static void jackSpeaksAndShouts(URI server) throws Exception {
    try (var jack = LhttpClient.builder(server).token(JACKS_KEY).connect()) {
      for (var body : new String[] {"hello", "HELLO", "AGAIN"}) {
        ask(jack, Message.of("say", body));
      }
    }
  }

  private static void mikeSpeaksTooOftenAndWhereHeMayNot(URI server, int dead) throws Exception {
    try (var mike = LhttpClient.builder(server).token(MIKES_KEY).connect()) {
      ask(mike, Message.builder("say").header("subscribe", "secrets").build());
      ask(
          mike,
          Message.builder("say").header("upstream", "GET http://127.0.0.1:" + dead + "/").build());
      for (var i = 0; i < 8; i++) {
        ask(mike, Message.of("say", "again"));
      }
    }
  }

  private static void aForeignTokenIsShown(URI server) throws Exception {
    try (var nobody = LhttpClient.builder(server).connect()) {
      ask(nobody, Message.builder("say").header("authorization", FOREIGN).build());
    }
  }

  private static void ask(LhttpClient client, Message message) throws Exception {
    var _ =
        client
            .request(message)
            .exceptionally(refused -> Message.of("refused", ""))
            .get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static String refusals(String filter, String command, int status, int count) {
    return "lhttp_link_refusals_total{command=\"%s\",kind=\"filter\",link=\"%s\",status=\"%d\"} %d.0"
        .formatted(command, filter, status, count);
  }

  private static String of(String metric, String label, int count) {
    return "%s{kind=\"filter\",link=\"auth\"%s} %d.0".formatted(metric, label, count);
  }

  private static JsonNode filter(JsonNode chain, String name) {
    return chain
        .get("filters")
        .valueStream()
        .filter(one -> one.get("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void assertRefused(
      JsonNode filter, String user, int status, String reason, int times) {
    assertThat(filter.get("lastRefused").valueStream())
        .as("%s", filter)
        .anySatisfy(refused -> {
          assertThat(refused.get("user").asText()).isEqualTo(user);
          assertThat(refused.get("status").asInt()).isEqualTo(status);
          assertThat(refused.get("reason").asText()).isEqualTo(reason);
          assertThat(refused.get("times").asInt()).isEqualTo(times);
        });
  }
}
