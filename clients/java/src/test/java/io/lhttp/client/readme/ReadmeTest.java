package io.lhttp.client.readme;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.client.Closed;
import io.lhttp.client.Gap;
import io.lhttp.client.LhttpClient;
import io.lhttp.client.LhttpPublisher;
import io.lhttp.client.Listener;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Java snippets of the README run; only their addresses differ here. */
class ReadmeTest {
  private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern ADDRESS = Pattern.compile("URI\\.create\\(\"(\\w+):.*?\"\\)");

  private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();
  private LhttpServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .filter("pubsub", new PubSubFilter())
            .processor("echo", exchange -> exchange.send(exchange.request().body()))
            .start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void snippets_standInThisFile() throws IOException {
    var code = squeezed(Files.readString(Path.of(source())));
    var snippets = SNIPPET.matcher(Files.readString(Path.of("README.md"))).results();

    assertThat(snippets.map(MatchResult::group).map(ReadmeTest::snippet))
        .hasSize(3)
        .allSatisfy(snippet -> assertThat(code).contains(snippet));
  }

  @Test
  void firstSteps_printDeliveryAndReply() throws InterruptedException {
    try (var client = LhttpClient.builder(ws()).connect()) {
      var lobby = client.subscribe("lobby", delivery -> print(delivery.message().body()));
      lobby.ready().join();

      client.publish("lobby", Message.of("chat", "hello")).join();

      var reply = client.request(Message.of("echo", "anybody there?")).join();
      print(reply.body());
    }
    assertThat(List.of(line(), line())).containsExactlyInAnyOrder("hello", "anybody there?");
  }

  @Test
  void listening_printsReasonOfClose() throws InterruptedException {
    var client =
        LhttpClient.builder(wss())
            .token(refused -> token())
            .listener(
                new Listener() {
                  @Override
                  public void onClose(LhttpClient client, Closed closed) {
                    print(closed.retryIn().isPresent() ? "back soon" : "over: " + closed.reason());
                  }

                  @Override
                  public void onGap(LhttpClient client, Gap gap) {
                    print("something is missing in " + gap.channels());
                  }
                })
            .connect();

    client.opened().join();
    client.close();
    assertThat(line()).isEqualTo("over: closed by this client");
  }

  @Test
  void publishing_printsNumberOfChannels() throws IOException, InterruptedException {
    try (var publisher = LhttpPublisher.builder(http()).build()) {
      int channels = publisher.publish(List.of("lobby"), "chat", Map.of("from", "Mia"), "hello");
      print("published to " + channels);
    }
    assertThat(line()).isEqualTo("published to 1");
  }

  private URI ws() {
    return server.uri();
  }

  /** The test's server has no certificate, so the snippet connects without TLS. */
  private URI wss() {
    return server.uri();
  }

  private URI http() {
    return URI.create("http://127.0.0.1:" + server.port() + "/publish");
  }

  private String token() {
    return "t0ken";
  }

  private void print(String line) {
    printed.add(line);
  }

  private String line() throws InterruptedException {
    var line = printed.poll(30, TimeUnit.SECONDS);
    return line == null ? "nothing" : line;
  }

  private static String snippet(String block) {
    var code = block.substring("```java\n".length(), block.length() - "```".length());
    return squeezed(ADDRESS.matcher(code).replaceAll("$1()"));
  }

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }

  private static String source() {
    return "src/test/java/" + ReadmeTest.class.getName().replace('.', '/') + ".java";
  }
}
