package io.lhttp.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.ProbationState;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.chain.ClientCounts;
import io.lhttp.chain.RecentTimes;
import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The members of the JSON that operators' programs read. */
class JsonPagesTest {
  private static final String LINK =
      " messages failures refusals lastRefused lastMinuteMicros"
          + " lastMinuteMicros.p50 lastMinuteMicros.p99 lastMinuteMicros.p999";

  @Test
  void chain_members_standInTheirOrder() throws Exception {
    try (var server =
        LhttpServer.builder()
            .port(0)
            .filter("guard", new Guard())
            .processor("echo", exchange -> {})
            .start()) {
      try (var client = LhttpClient.builder(server.uri()).reconnect(false).connect()) {
        client
            .request(Message.of("echo", "hi"))
            .exceptionally(e -> Message.of("refused", ""))
            .get(30, TimeUnit.SECONDS);
      }
      var operated = new FakeOperatedServer(server);
      operated.probation =
          Optional.of(
              new ProbationState(
                  5,
                  4,
                  ProbationState.Outcome.KEPT,
                  Duration.ofSeconds(7),
                  new ClientCounts(3, 2),
                  new ClientCounts(1, 0)));

      var text = new ChainPage(operated, new RecentTimes()).json();
      var chain = new ObjectMapper().readTree(text);

      assertThat(text).contains("<no>").endsWith("}\n");
      assertThat(members(chain))
          .isEqualTo(
              "generation generationsAlive draining connections scripts"
                  + " broker broker.kind broker.connected"
                  + " probation probation.generation probation.outcome probation.secondsLeft"
                  + " probation.running probation.clients probation.clients.served"
                  + " probation.clients.failed probation.clientsBefore"
                  + " probation.clientsBefore.served probation.clientsBefore.failed"
                  + " reloadsThatHang linksThatHang filters processors whole");
      assertThat(members(chain.get("filters").get(0))).isEqualTo("name filter options" + LINK);
      assertThat(members(chain.get("processors").get(0))).isEqualTo("name options" + LINK);
      assertThat(members(chain.get("whole").get(0)))
          .isEqualTo("name" + LINK.replace(" lastRefused", ""));
      var guard = chain.get("filters").get(0);
      assertThat(guard.get("refusals").get(0))
          .hasToString("{\"status\":403,\"command\":\"echo\",\"count\":1}");
      assertThat(members(guard.get("lastRefused").get(0)))
          .isEqualTo("user address connection command status reason times last");
    }
  }

  @Test
  void reload_eachResult_hasItsMembers() throws Exception {
    var took = Duration.ofMillis(40);
    assertThat(
            reload(new ReloadResult.Swapped(2, List.of(), List.of(), Duration.ofSeconds(3), took)))
        .isEqualTo(
            "result generation milliseconds changes restartNeededFor"
                + " probation probation.seconds probation.outcome");
    assertThat(reload(new ReloadResult.Swapped(2, List.of(), List.of(), Duration.ZERO, took)))
        .isEqualTo("result generation milliseconds changes restartNeededFor");
    assertThat(reload(new ReloadResult.Unchanged(2, List.of(), List.of(), took)))
        .isEqualTo("result generation milliseconds changes restartNeededFor");
    assertThat(reload(new ReloadResult.Refused(2, List.of(new Problem(Place.of("a"), "no")), took)))
        .isEqualTo("result generation milliseconds problems");
    assertThat(reload(new ReloadResult.Busy(2, Instant.EPOCH, took)))
        .isEqualTo("result generation milliseconds since");
  }

  private static final class Guard implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) {
      return exchange.refuse(403, "<no>");
    }
  }

  private static String reload(ReloadResult result) throws Exception {
    return members(new ObjectMapper().readTree(ReloadPage.json(result)));
  }

  private static String members(JsonNode object) {
    var names = new ArrayList<String>();
    collect("", object, names);
    return String.join(" ", names);
  }

  private static void collect(String path, JsonNode object, List<String> to) {
    for (var member : object.properties()) {
      to.add(path + member.getKey());
      if (member.getValue().isObject()) {
        collect(path + member.getKey() + ".", member.getValue(), to);
      }
    }
  }
}
