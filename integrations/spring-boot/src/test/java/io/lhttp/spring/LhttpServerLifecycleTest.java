package io.lhttp.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The server lives as long as the application. */
class LhttpServerLifecycleTest {
  @Test
  void application_servesItsBeans() {
    try (var context = start();
        var client = connect(context)) {
      assertThat(client.request(Message.of("chat", "hi")).body()).isEqualTo("hi");
      assertThat(client.request(Message.of("say", "hello")).body()).isEqualTo("hello");
      assertThat(status(client.request(Message.of("chat", "hi!")))).isEqualTo("422");
      assertThat(status(client.request(Message.of("chat", "damn")))).isEqualTo("422");
    }
  }

  @Test
  void chain_hasFiltersByOrder() {
    try (var context = start("--lhttp.trace=true")) {
      assertThat(context.getBean(LhttpServerLifecycle.class).server().statistics().links())
          .extracting(link -> link.name())
          .containsSubsequence("no-swearing", "no-shouting", "pubsub", "multipart");
    }
  }

  @Test
  void publisher_reachesSubscribers() {
    try (var context = start();
        var client = connect(context)) {
      client.subscribe("news");

      context.getBean(LhttpPublisher.class).publish("news", Message.of("news", "from a bean"));
      assertThat(client.receive().body()).isEqualTo("from a bean");

      client.send(Message.of("announce", "from a processor"));
      assertThat(client.receive().body()).isEqualTo("from a processor");
    }
  }

  @Test
  void port_isPublished() {
    try (var context = start()) {
      var port = context.getEnvironment().getProperty("local.lhttp.port", Integer.class);

      assertThat(port).isPositive();
      assertThat(port).isEqualTo(context.getBean(LhttpServerLifecycle.class).server().port());
    }
  }

  @Test
  void restart_servesSameBeans() {
    Chat.Echo echo;
    try (var context = start()) {
      var lifecycle = context.getBean(LhttpServerLifecycle.class);
      echo = context.getBean(Chat.Echo.class);

      context.stop();
      assertThat(lifecycle.isRunning()).isFalse();
      assertThat(echo.closed).hasValue(0);

      context.start();
      try (var client = connect(context)) {
        assertThat(client.request(Message.of("chat", "again")).body()).isEqualTo("again");
      }
    }
    assertThat(echo.closed).hasValue(1);
  }

  @Test
  void close_drainsRunningExchange() throws Exception {
    var context =
        new SpringApplicationBuilder(SlowApplication.class)
            .web(WebApplicationType.NONE)
            .run("--lhttp.listen=127.0.0.1:0");
    var slow = context.getBean(Slow.class);
    try (var client = connect(context)) {
      client.send(Message.of("slow", "work"));
      assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();

      var closing = Thread.startVirtualThread(context::close);
      var lifecycle = context.getBean(LhttpServerLifecycle.class);
      Eventually.holds(
          "the server drains",
          () -> lifecycle.find().map(server -> server.draining()).orElse(false));
      slow.end.countDown();

      assertThat(client.receive().body()).isEqualTo("done");
      assertThat(client.closed().code()).isEqualTo(1001);
      assertThat(closing.join(Duration.ofSeconds(60))).isTrue();
    }
  }

  @Test
  void close_immediateShutdown_cutsConnections() throws Exception {
    var context =
        new SpringApplicationBuilder(SlowApplication.class)
            .web(WebApplicationType.NONE)
            .run("--lhttp.listen=127.0.0.1:0", "--server.shutdown=immediate");
    var slow = context.getBean(Slow.class);
    try (var client = connect(context)) {
      client.send(Message.of("slow", "work"));
      assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();

      context.close();

      assertThatThrownBy(client::closed).isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void portInUse_namesProperty() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var address = "127.0.0.1:" + taken.getLocalPort();

      assertThatThrownBy(() -> start("--lhttp.listen=" + address))
          .rootCause()
          .isInstanceOf(LhttpStartException.class)
          .hasMessageContaining("lhttp.listen")
          .hasMessageContaining(address);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--lhttp.public=nowhere, lhttp.public, no such folder",
    "--lhttp.tls.certificate=a.pem --lhttp.tls.key=b.pem, lhttp.tls.certificate, no such file",
  })
  void unusableFile_namesProperty(String arguments, String property, String reason) {
    assertThatThrownBy(() -> start(arguments.split(" ", -1)).close())
        .rootCause()
        .isInstanceOf(LhttpStartException.class)
        .hasMessageContaining(property)
        .hasMessageContaining(reason);
  }

  @Test
  void readiness_isThatOfApplication() throws Exception {
    try (var context = start();
        var http = HttpClient.newHttpClient()) {
      assertThat(readyz(http, context)).isEqualTo(200);

      AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);

      assertThat(readyz(http, context)).isEqualTo(503);
    }
  }

  @Test
  void presenceAndHistory_areConfigured() {
    try (var context =
            start("--lhttp.presence.[room:*].members=10", "--lhttp.history.[room:*].messages=5");
        var client = connect(context)) {
      context.getBean(LhttpPublisher.class).publish("room:a", Message.of("news", "before"));

      client.send(
          Message.builder("join").header("subscribe", "room:a").header("last", "1").build());
      assertThat(client.receive(2)).extracting(Message::body).contains("before");
      var presence = Message.builder("presence").header("channel", "room:a").build();
      assertThat(client.request(presence).header("count")).contains("1");
    }
  }

  @Test
  void customizer_changesBuilder() throws Exception {
    try (var context =
            new SpringApplicationBuilder(Chat.class, WithResource.class)
                .web(WebApplicationType.NONE)
                .run("--lhttp.listen=127.0.0.1:0");
        var http = HttpClient.newHttpClient()) {
      assertThat(get(http, context, "/hello.txt").body()).isEqualTo("hello");
    }
  }

  @Test
  void server_notStarted_explainsItself() {
    try (var context = start("--lhttp.auto-startup=false")) {
      var publisher = context.getBean(LhttpPublisher.class);

      assertThatThrownBy(() -> publisher.publish("a", Message.of("a", "")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("@LhttpTest");
    }
  }

  private static ConfigurableApplicationContext start(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    if (all.stream().noneMatch(argument -> argument.startsWith("--lhttp.listen="))) {
      all.add("--lhttp.listen=127.0.0.1:0");
    }
    return new SpringApplicationBuilder(Chat.class)
        .web(WebApplicationType.NONE)
        .run(all.toArray(String[]::new));
  }

  private static TestClient connect(ConfigurableApplicationContext context) {
    return TestClient.connect(context.getBean(LhttpServerLifecycle.class).server().uri());
  }

  private static String status(Message message) {
    return message.header("status").orElse("");
  }

  private static int readyz(HttpClient http, ConfigurableApplicationContext context)
      throws Exception {
    return get(http, context, "/readyz").statusCode();
  }

  private static HttpResponse<String> get(
      HttpClient http, ConfigurableApplicationContext context, String path) throws Exception {
    var port = context.getBean(LhttpServerLifecycle.class).server().port();
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }

  /** Adds a file in memory. */
  static class WithResource {
    @Bean
    LhttpServerCustomizer resource() {
      return builder -> builder.resource("/hello.txt", "hello".getBytes(StandardCharsets.UTF_8));
    }
  }

  /** An application with a processor that works until the test lets it end. */
  @EnableAutoConfiguration
  @Configuration(proxyBeanMethods = false)
  static class SlowApplication {
    @Bean
    @LhttpProcessor("slow")
    Slow slow() {
      return new Slow();
    }
  }

  static final class Slow implements Processor {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch end = new CountDownLatch(1);

    @Override
    public void onMessage(Exchange exchange) throws Exception {
      begun.countDown();
      if (end.await(60, TimeUnit.SECONDS)) {
        exchange.send("done");
      }
    }
  }
}
