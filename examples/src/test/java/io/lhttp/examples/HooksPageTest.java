package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.upstream.HooksFilter;
import io.lhttp.filters.upstream.HooksOptions;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The backend of {@code docs/filters/hooks.md} decides as the page says. */
class HooksPageTest {
  private static final String PAGE = "docs/filters/hooks.md";
  private static final String LISTENING = "listening on ";
  private static final Pattern KEY = Pattern.compile("\"([\\w-]+)\":");

  @TempDir private Path folder;
  private @Nullable Process backend;

  @AfterEach
  void end() {
    if (backend != null) {
      backend.destroyForcibly();
    }
  }

  @Test
  void backend_decidesAsOnThePage() throws Exception {
    var options =
        HooksOptions.builder(start().toString(), Hook.CONNECT, Hook.SUBSCRIBE, Hook.PUBLISH)
            .secret("a secret of the backend's")
            .build();
    try (var server =
            LhttpServer.builder()
                .port(0)
                .filter("hooks", new HooksFilter(options))
                .filter("pubsub", new PubSubFilter())
                .start();
        var mia = TestClient.connect(server.uri().resolve("/?name=mia"));
        var tom = TestClient.connect(server.uri().resolve("/?name=tom"))) {
      mia.subscribe("stove");
      assertThat(status(tom, "subscribe", "stove")).isEqualTo("403 not a cook: stove");
      tom.send(Message.builder("say").header("publish", "kitchen").body("SOUP is ready").build());
      assertThat(mia.receive().body()).isEqualTo("soup is ready");

      var nobody = TestClient.connect(server.uri());
      assertThat(nobody.closed().code()).isEqualTo(4401);
    }
  }

  @Test
  void question_hasTheFieldsOfThePage() throws Exception {
    var asked = new LinkedBlockingQueue<String>();
    var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/",
        exchange -> {
          asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    http.start();
    var to = "http://127.0.0.1:" + http.getAddress().getPort() + "/";
    var filter = new HooksFilter(HooksOptions.builder(to, Hook.SUBSCRIBE).build());
    try (var server =
            LhttpServer.builder()
                .port(0)
                .filter("hooks", filter)
                .filter("pubsub", new PubSubFilter())
                .start();
        var mia = TestClient.connect(server.uri())) {
      mia.subscribe("stove");
    } finally {
      http.stop(0);
    }

    var onPage = DocBlock.first(PAGE, "json", "\"hook\":\"subscribe\"").text();
    assertThat(keys(asked.take())).isEqualTo(keys(onPage));
  }

  /** Each line of the page's answers has the effect that the page says. */
  @Test
  void answersOnThePage_areRead() throws Exception {
    var answers = DocBlock.first(PAGE, "json", "\"allow\"").text().lines().toList();
    var next = new LinkedBlockingQueue<>(answers);
    var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          var answer = Optional.ofNullable(next.poll()).orElse("").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    http.start();
    var to = "http://127.0.0.1:" + http.getAddress().getPort() + "/";
    var filter = new HooksFilter(HooksOptions.builder(to, Hook.CONNECT, Hook.SUBSCRIBE).build());
    try (var server =
            LhttpServer.builder()
                .port(0)
                .filter("hooks", filter)
                .filter("pubsub", new PubSubFilter())
                .processor(
                    "who", exchange -> exchange.send(exchange.connection().principal().name()))
                .start();
        var mia = TestClient.connect(server.uri())) {
      assertThat(mia.request(Message.of("who", "")).body()).isEqualTo("mia");
      assertThat(status(mia, "subscribe", "a")).isEqualTo("409 the room is full");
      mia.send(Message.builder("x").header("subscribe", "a").build());
      assertThat(mia.closed().reason()).isEqualTo("your account was closed");
    } finally {
      http.stop(0);
    }
    assertThat(next).isEmpty();
  }

  private static String status(TestClient client, String header, String channel) {
    var answer =
        client.request(
            Message.builder("say").header(header, channel).header("ack", "true").build());
    return answer.header("status").orElse("") + " " + answer.header("error").orElse("");
  }

  private static List<String> keys(String json) {
    return KEY.matcher(json).results().map(key -> key.group(1)).toList();
  }

  /** Runs the page's backend, which prints its port. */
  private URI start() throws IOException {
    var block = DocBlock.first(PAGE, "js");
    var file = Files.writeString(folder.resolve("backend.mjs"), block.text());
    var builder = new ProcessBuilder(List.of("node", file.toString()));
    builder.environment().put("PORT", "0");
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process started;
    try {
      started = builder.start();
    } catch (IOException e) {
      assumeTrue(false, "missing program: node");
      throw e;
    }
    backend = started;
    var line = Optional.ofNullable(started.inputReader().readLine()).orElse("nothing");
    assertThat(line).startsWith(LISTENING);
    return URI.create("http://127.0.0.1:" + line.substring(LISTENING.length()).strip() + "/hooks");
  }
}
