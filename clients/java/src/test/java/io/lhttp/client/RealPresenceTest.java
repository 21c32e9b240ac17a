package io.lhttp.client;

import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Principal;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.filters.presence.Presence;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client follows the presence of channels on a real server. */
class RealPresenceTest {
  private final Presence presence =
      new Presence(
          new LinkedHashMap<>(
              Map.of(
                  "room:*", new PresenceRule(Duration.ofSeconds(30), false, 1_000),
                  "lobby", new PresenceRule(Duration.ZERO, false, 1_000),
                  "crowd", new PresenceRule(Duration.ZERO, true, 1_000))));

  private final Recorder events = new Recorder();
  private final BlockingQueue<Present> notified = new LinkedBlockingQueue<>();
  private final List<LhttpClient> clients = new ArrayList<>();
  private LhttpServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .broker(presence.over(new MemoryBroker()))
            .filter("pubsub", new PubSubFilter().with(presence))
            .processor("kick", exchange -> exchange.connection().close(CloseStatus.FAILED))
            .processor(
                "login",
                exchange -> {
                  var user = exchange.request().body();
                  exchange.connection().authenticate(new Principal(user, Map.of()));
                  exchange.reply().send();
                })
            .start();
  }

  @AfterEach
  void stop() {
    clients.forEach(LhttpClient::close);
    server.close();
  }

  @Test
  void subscriber_firstGetsListWithItself() throws Exception {
    var mia = login("mia");

    result(watch(mia, "lobby").ready());

    var present = next();
    assertThat(present.count()).isEqualTo(1);
    assertThat(present.complete()).isTrue();
    assertThat(names(present.members())).containsExactly("mia");
    assertThat(present.joined()).isEmpty();
    assertThat(present.left()).isEmpty();
  }

  @Test
  void otherMembers_joinAndLeave_areReported() throws Exception {
    result(watch(login("mia"), "lobby").ready());
    next();
    var jon = login("jon");

    var subscription = jon.subscribe("lobby", events::onDelivery);
    var came = next();
    assertThat(names(came.joined())).containsExactly("jon");
    assertThat(names(came.members())).containsExactlyInAnyOrder("mia", "jon");

    result(subscription.unsubscribe());
    var went = next();
    assertThat(names(went.left())).containsExactly("jon");
    assertThat(names(went.members())).containsExactly("mia");
    assertThat(went.count()).isEqualTo(1);
  }

  @Test
  void countOnlyChannel_hasNoNamedMembers() throws Exception {
    result(watch(login("mia"), "crowd").ready());
    assertThat(next()).isEqualTo(new Present(1, true, List.of(), List.of(), List.of()));

    result(login("jon").subscribe("crowd", events::onDelivery).ready());

    assertThat(next().count()).isEqualTo(2);
  }

  @Test
  void reconnect_requestsPresenceAgainWithoutLeaving() throws Exception {
    var guest = connect();
    result(watch(guest, "room:a").ready());
    var before = next().members();
    var watcher = new LinkedBlockingQueue<Present>();
    var other = connect();
    result(other.subscribe("room:a", SubscribeOptions.presence(watcher::add), _ -> {}).ready());
    assertThat(next(watcher).count()).isEqualTo(2);
    next(); // the notification that the other client has joined

    guest.send(Message.of("kick", ""));

    var after = next();
    assertThat(after.members()).as("a list, as at first").containsAll(before);
    assertThat(after.count()).isEqualTo(2);
    result(other.subscribe("room:b", SubscribeOptions.presence(watcher::add), _ -> {}).ready());
    assertThat(next(watcher).count()).as("of room:b; nobody has left room:a").isEqualTo(1);
  }

  @Test
  void channelWithoutPresence_isSubscribedWithoutMembers() throws Exception {
    var mia = login("mia");
    result(watch(mia, "plain").ready());

    result(watch(mia, "lobby").ready());

    assertThat(names(next().members())).as("the first list").containsExactly("mia");
  }

  private Subscription watch(LhttpClient client, String channel) {
    return client.subscribe(channel, SubscribeOptions.presence(notified::add), events::onDelivery);
  }

  private LhttpClient login(String user) {
    var client = connect();
    result(client.request(Message.of("login", user)));
    return client;
  }

  private LhttpClient connect() {
    var client =
        LhttpClient.builder(server.uri())
            .backoffBase(Duration.ofMillis(20))
            .backoffMax(Duration.ofMillis(100))
            .connect();
    clients.add(client);
    return client;
  }

  private Present next() throws InterruptedException {
    return next(notified);
  }

  private static Present next(BlockingQueue<Present> notified) throws InterruptedException {
    var present = notified.poll(30, TimeUnit.SECONDS);
    if (present == null) {
      throw new AssertionError("no notification came in 30 seconds");
    }
    return present;
  }

  private static List<String> names(List<Member> members) {
    return members.stream().map(member -> member.user().orElseThrow()).toList();
  }
}
