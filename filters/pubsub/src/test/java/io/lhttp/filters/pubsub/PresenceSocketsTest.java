package io.lhttp.filters.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Principal;
import io.lhttp.Processor;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.filters.presence.Presence;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.message.Message;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients ask for a channel's members and receive presence events over sockets. */
class PresenceSocketsTest {
  private static final Processor LOGIN =
      exchange -> {
        exchange.connection().authenticate(new Principal(exchange.request().body(), Map.of()));
        exchange.reply().send();
      };

  private final Presence presence =
      new Presence(
          new LinkedHashMap<>(
              Map.of(
                  "room:*", new PresenceRule(Duration.ofMillis(200), false, 1_000),
                  "crowd", new PresenceRule(Duration.ZERO, true, 1_000))));

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .broker(presence.over(new MemoryBroker()))
              .filter("pubsub", new PubSubFilter().with(presence))
              .processor("login", LOGIN));

  @Test
  void presenceRequest_bySubscriber_listsMembers() {
    var mia = enter("mia", "room:a");
    enter("jon", "room:a");

    var answer = mia.request(ask("room:a").header("id", "7").build());

    assertThat(answer.header("id")).contains("7");
    assertThat(answer.header("channel")).contains("room:a");
    assertThat(answer.header("count")).contains("2");
    assertThat(answer.headers().has("complete")).isFalse();
    assertThat(answer.body()).contains("\"user\":\"mia\"", "\"user\":\"jon\"", "\"since\":");
  }

  @Test
  void presenceRequest_rightAfterSubscribe_countsSubscriber() {
    var client = server.connect();

    for (var i = 0; i < 50; i++) {
      var channel = "room:" + i;
      client.send(Message.builder("x").header("subscribe", channel).build());
      assertThat(client.request(ask(channel).build()).header("count")).contains("1");
    }
  }

  @Test
  void presenceRequest_withLimit_shortensList() {
    var mia = enter("mia", "room:a");
    enter("jon", "room:a");

    var answer = mia.request(ask("room:a").header("limit", "1").build());

    assertThat(answer.header("count")).contains("2");
    assertThat(answer.body()).contains("\"mia\"").doesNotContain("\"jon\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1001", "-1", "x", "01"})
  void presenceRequest_withMalformedLimit_isRefused(String limit) {
    var mia = enter("mia", "room:a");

    assertThat(mia.request(ask("room:a").header("limit", limit).build()).header("status"))
        .contains("400");
  }

  @Test
  void presenceRequest_withoutSubscription_isForbidden() {
    enter("mia", "room:a");
    var stranger = server.connect();

    assertThat(stranger.request(ask("room:a").build()).header("status")).contains("403");
    assertThat(stranger.request(ask("room:empty").build()).header("status")).contains("403");
    assertThat(stranger.request(Message.of("presence", "")).header("status")).contains("400");

    var mia = enter("mia", "room:b");
    mia.unsubscribe("room:b");
    assertThat(mia.request(ask("room:b").build()).header("status")).contains("403");
  }

  @Test
  void presenceEvents_reportJoinAndLeave() {
    var watcher = server.connect();
    watch(watcher, "room:a");
    assertThat(watcher.receive().header("count")).contains("1");

    var mia = enter("mia", "room:a");
    assertThat(watcher.receive().body()).contains("\"joined\":[{\"user\":\"mia\"");
    mia.close();
    assertThat(watcher.receive().body()).contains("\"left\":[{\"user\":\"mia\"");
  }

  @Test
  void presenceEvents_lateAuthentication_replacesAnonymous() {
    var watcher = server.connect();
    watch(watcher, "room:a");
    watcher.receive();
    var late = server.connect();
    late.subscribe("room:a");
    assertThat(watcher.receive().body()).doesNotContain("\"mia\"");

    late.request(Message.of("login", "mia"));

    assertThat(watcher.receive().body()).contains("\"user\":\"mia\"", "\"left\":[{\"connection\"");
  }

  @Test
  void presenceRequest_onCountOnlyChannel_listsNoNames() {
    var mia = enter("mia", "crowd");

    var answer = mia.request(ask("crowd").build());

    assertThat(answer.header("count")).contains("1");
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void subscribe_withMalformedSession_isRefused() {
    var client = server.connect();

    var refusal =
        client.request(
            Message.builder("x")
                .header("subscribe", "room:a")
                .header("presence-session", "a b")
                .build());

    assertThat(refusal.header("status")).contains("400");
  }

  @Test
  void presenceRequest_withoutPresence_answers404ToSubscribersOnly() {
    var mia = enter("mia", "plain");
    var stranger = server.connect();

    var answer = mia.request(ask("plain").build());
    assertThat(answer.header("status")).contains("404");
    assertThat(answer.header("error")).contains("this channel has no presence");
    assertThat(stranger.request(ask("plain").build()).header("status")).contains("403");
    assertThat(mia.request(ask("other").build()).header("status")).contains("403");

    mia.unsubscribe("plain");
    assertThat(mia.request(ask("plain").build()).header("status")).contains("403");
  }

  private TestClient enter(String user, String channel) {
    var client = server.connect();
    client.request(Message.of("login", user));
    client.subscribe(channel);
    return client;
  }

  private static void watch(TestClient client, String channel) {
    client.send(
        Message.builder("x")
            .header("subscribe", channel)
            .header("presence-events", "true")
            .build());
  }

  private static Message.Builder ask(String channel) {
    return Message.builder("presence").header("channel", channel);
  }
}
