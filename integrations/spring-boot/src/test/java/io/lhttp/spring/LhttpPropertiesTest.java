package io.lhttp.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Retention;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.filters.presence.PresenceRule;
import io.lhttp.nats.NatsSettings;
import io.lhttp.server.Drain;
import io.lhttp.server.Limits;
import io.lhttp.server.MemoryShare;
import io.lhttp.server.Transport;
import io.lhttp.server.TrustedProxies;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The properties have the names, the values and the defaults of {@code lhttp.yaml}. */
class LhttpPropertiesTest {
  @TempDir Path folder;

  @Test
  void defaults_areThoseOfLhttpYaml() throws IOException {
    read(
        "lhttp.broker: nats",
        properties -> {
          assertThat(properties.listen()).hasToString("0.0.0.0:8081");
          assertThat(properties.limits().limits()).isEqualTo(Limits.DEFAULT);
          assertThat(properties.drain().within(Duration.ofHours(1))).isEqualTo(Drain.DEFAULT);
          assertThat(properties.transport()).isEqualTo(Transport.AUTO);
          assertThat(properties.compression()).isTrue();
          assertThat(properties.publishEndpoint()).isTrue();
          assertThat(properties.trace()).isFalse();
          assertThat(nats(properties)).usingRecursiveComparison().isEqualTo(NatsSettings.DEFAULT);
        });
  }

  @Test
  void natsWithOneProperty_keepsOtherDefaults() throws IOException {
    read(
        "lhttp.broker.nats.servers: nats://127.0.0.1:4222",
        properties ->
            assertThat(nats(properties))
                .usingRecursiveComparison()
                .isEqualTo(NatsSettings.DEFAULT));
  }

  @Test
  void values_areWrittenAsInLhttpYaml() throws IOException {
    read(
        """
        lhttp:
          listen: "[::1]:9000"
          filters: [ multipart, pubsub ]
          broker:
            nats:
              servers: [ "tls://nats-1:4222", "tls://nats-2:4222" ]
              user: chat
              password: secret
              when-away: buffer
              buffer-bytes: 16MiB
              tls: { ca: ca.pem }
              jetstream: { replicas: 3, stream-bytes: 4GiB }
          origins: [ "https://app.example.com" ]
          hosts: [ example.com, "*.example.com" ]
          trusted-proxies: [ 10.0.0.0/8 ]
          forwarded-header: x-forwarded-for
          proxy-protocol: true
          publish-endpoint: false
          limits: { message-bytes: 128KiB, connections: 20_000, memory: 30%, ping-interval: 1m }
          slow-consumers: { "[prices:*]": latest, "[feed:*]": drop-oldest, "[*]": close }
          history:
            "[room:*]": { messages: 500, for: 1h, bytes: 4MiB }
            "[*]": { messages: 1 }
          presence:
            "[room:*]": { grace: 5s, count-only: true, members: 10 }
          tls: { certificate: certificate.pem, key: key.pem }
          public: pages
          transport: nio
          compression: false
          drain: { deadline: 10s, per-second: 5, retry-after: 2s }
          trace: true
        """,
        properties -> {
          assertThat(properties.listen()).isEqualTo(new ListenAddress("::1", 9000));
          assertThat(properties.filters()).containsExactly("multipart", "pubsub");
          var nats = nats(properties);
          assertThat(nats.servers())
              .containsExactly(URI.create("tls://nats-1:4222"), URI.create("tls://nats-2:4222"));
          assertThat(nats.password().orElseThrow().text()).isEqualTo("secret");
          assertThat(nats.whenAway()).isEqualTo(NatsSettings.WhenAway.BUFFER);
          assertThat(nats.bufferBytes()).isEqualTo(16 << 20);
          assertThat(nats.tls().orElseThrow().ca()).contains(Path.of("ca.pem"));
          assertThat(nats.jetstream().streamBytes()).isEqualTo(4L << 30);
          assertThat(properties.origins()).hasToString("[https://app.example.com]");
          assertThat(properties.hosts()).hasSize(2);
          assertThat(properties.trustedProxies()).hasToString("[10.0.0.0/8]");
          assertThat(properties.forwardedHeader()).isEqualTo(TrustedProxies.Header.X_FORWARDED_FOR);
          assertThat(properties.proxyProtocol()).isTrue();
          assertThat(properties.publishEndpoint()).isFalse();
          assertThat(properties.limits().limits())
              .isEqualTo(
                  Limits.builder()
                      .messageBytes(128 << 10)
                      .memory(MemoryShare.parse("30%"))
                      .pingInterval(Duration.ofMinutes(1))
                      .build());
          assertThat(properties.slowConsumers())
              .containsExactly(
                  Map.entry("prices:*", SlowConsumer.LATEST),
                  Map.entry("feed:*", SlowConsumer.DROP_OLDEST),
                  Map.entry("*", SlowConsumer.CLOSE));
          assertThat(properties.histories())
              .containsExactly(
                  Map.entry("room:*", new Retention(500, Duration.ofHours(1), 4 << 20)),
                  Map.entry(
                      "*", new Retention(1, Retention.DEFAULT.time(), Retention.DEFAULT.bytes())));
          assertThat(properties.presenceRules())
              .containsEntry("room:*", new PresenceRule(Duration.ofSeconds(5), true, 10));
          assertThat(Objects.requireNonNull(properties.tls()).key()).isEqualTo(Path.of("key.pem"));
          assertThat(properties.publicFolder()).isEqualTo("pages");
          assertThat(properties.transport()).isEqualTo(Transport.NIO);
          assertThat(properties.compression()).isFalse();
          assertThat(properties.drain().within(Duration.ofMinutes(1)))
              .isEqualTo(new Drain(Duration.ofSeconds(10), 5, Duration.ofSeconds(2)));
          assertThat(properties.trace()).isTrue();
        });
  }

  /** YAML reads digits as a number, not as a text. */
  @Test
  void numbers_areReadAsTexts() throws IOException {
    read(
        """
        lhttp:
          listen: 8099
          limits: { message-bytes: 4096, memory: 300000000 }
          broker: { nats: { token: 12345 } }
        """,
        properties -> {
          assertThat(properties.listen()).isEqualTo(new ListenAddress("0.0.0.0", 8099));
          assertThat(properties.limits().limits().messageBytes()).isEqualTo(4096);
          assertThat(nats(properties).token().orElseThrow().text()).isEqualTo("12345");
        });
  }

  @Test
  void history_withOneBound_keepsOtherDefaults() throws IOException {
    read(
        "lhttp.presence: { \"[a]\": { members: 1000 } }",
        properties ->
            assertThat(properties.presenceRules()).containsEntry("a", PresenceRule.DEFAULT));
  }

  @Test
  void drain_endsWithinPhaseOfShutdown() throws IOException {
    read(
        "lhttp.trace: false",
        properties ->
            assertThat(properties.drain().within(Duration.ofSeconds(30)).deadline())
                .isEqualTo(Duration.ofSeconds(25)));
  }

  /** The page has all keys of {@code lhttp.yaml}; the starter lacks those of the server alone. */
  @Test
  void names_areThoseOfConfigurationPage() throws IOException {
    var keys = new TreeSet<String>();
    var row = Pattern.compile("(?m)^\\| `([a-z0-9.-]+)` \\|");
    var page = Files.readString(Path.of(System.getProperty("lhttp.home"), "docs/configuration.md"));
    row.matcher(page).results().forEach(match -> keys.add("lhttp." + match.group(1)));
    var groups = Set.of("broker", "broker.nats", "broker.nats.tls", "broker.nats.jetstream");
    keys.removeIf(key ->
        key.matches(
                "lhttp\\.(chain|processors|java|scripts|reload|probation|admin|api|tracing|revocations|log)(\\..*)?")
            || key.matches("lhttp\\.(filter|on-error|tls|limits|drain)")
            || groups.contains(key.substring("lhttp.".length())));

    var names = new TreeSet<String>();
    Pattern.compile("\"name\": \"(lhttp\\.[^\"]+)\",\\s+\"type\": \"[^\"]+\",\\s+\"description\"")
        .matcher(metadata())
        .results()
        .forEach(match -> names.add(match.group(1)));
    assertThat(names).contains("lhttp.filters", "lhttp.auto-startup");
    names.removeAll(List.of("lhttp.filters", "lhttp.auto-startup"));
    assertThat(names).hasSizeGreaterThan(50).isEqualTo(keys);
  }

  private static String metadata() throws IOException {
    try (var in =
        LhttpProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
    }
  }

  private static NatsSettings nats(LhttpProperties properties) {
    return NatsBrokers.settings(Objects.requireNonNull(properties.broker().nats()));
  }

  private void read(String yaml, Consumer<LhttpProperties> check) throws IOException {
    var file = Files.writeString(folder.resolve("application.yaml"), yaml);
    new ApplicationContextRunner()
        .withInitializer(new ConfigDataApplicationContextInitializer())
        .withPropertyValues("spring.config.location=" + file.toUri(), "lhttp.auto-startup=false")
        .withConfiguration(AutoConfigurations.of(LhttpAutoConfiguration.class))
        .run(context -> check.accept(context.getBean(LhttpProperties.class)));
  }
}
