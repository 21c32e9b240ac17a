package io.lhttp.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.message.Message;
import io.lhttp.spring.LhttpAutoConfiguration;
import io.lhttp.spring.LhttpFilter;
import io.lhttp.spring.LhttpProcessor;
import io.lhttp.spring.LhttpServerLifecycle;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;

/** The application's registry has the server's metrics. */
class ServerMetersTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  MetricsAutoConfiguration.class,
                  LhttpAutoConfiguration.class,
                  LhttpMetricsAutoConfiguration.class))
          .withBean(SimpleMeterRegistry.class)
          .withUserConfiguration(Links.class)
          .withPropertyValues("lhttp.listen=127.0.0.1:0");

  @Test
  void registry_hasFiguresOfServerAndLinks() {
    runner.run(context -> {
      var registry = context.getBean(MeterRegistry.class);
      var server = context.getBean(LhttpServerLifecycle.class).server();
      try (var client = TestClient.connect(server.uri())) {
        assertThat(client.request(Message.of("chat", "hi")).body()).isEqualTo("hi");

        reaches(1, () -> registry.get("lhttp.connections").gauge().value());
        reaches(
            1,
            () ->
                registry
                    .get("lhttp.link.messages")
                    .tags("kind", "processor", "link", "chat")
                    .functionCounter()
                    .count());
        reaches(
            1,
            () ->
                registry
                    .get("lhttp.link")
                    .tags("kind", "filter", "link", "gate")
                    .functionTimer()
                    .count());
        assertThat(registry.get("lhttp.ready").gauge().value()).isEqualTo(1);
        assertThat(registry.get("lhttp.own.figure").tag("link", "gate").gauge().value())
            .isEqualTo(7);
        assertThat(registry.get("lhttp.connections").gauge().getId().getDescription())
            .isEqualTo("WebSocket connections that are open.");
      }
    });
  }

  @Test
  void newSeries_isRegisteredAtNextRefresh() {
    runner.run(context -> {
      var registry = new SimpleMeterRegistry();
      var meters = new ServerMeters(context.getBean(LhttpServerLifecycle.class), System::nanoTime);
      meters.bindTo(registry);
      meters.refresh();
      var server = context.getBean(LhttpServerLifecycle.class).server();
      try (var client = TestClient.connect(server.uri())) {
        client.request(Message.of("chat", "no"));
        assertThat(registry.find("lhttp.link.refusals").tag("link", "gate").functionCounter())
            .isNull();

        meters.refresh();

        assertThat(
                registry
                    .get("lhttp.link.refusals")
                    .tags("link", "gate", "command", "chat", "status", "403")
                    .functionCounter()
                    .count())
            .isEqualTo(1);
      }
    });
  }

  @Test
  void stoppedServer_leavesNoSeries() {
    runner.run(context -> {
      var registry = context.getBean(MeterRegistry.class);
      context.getBean(LhttpServerLifecycle.class).stop();

      context.getBean(ServerMeters.class).refresh();

      assertThat(registry.getMeters())
          .noneMatch(meter -> meter.getId().getName().startsWith("lhttp."));
    });
  }

  @Test
  void figures_areReadOncePerSecond() {
    runner.run(context -> {
      var nanos = new AtomicLong();
      var registry = new SimpleMeterRegistry();
      var meters = new ServerMeters(context.getBean(LhttpServerLifecycle.class), nanos::get);
      meters.bindTo(registry);
      meters.refresh();
      var server = context.getBean(LhttpServerLifecycle.class).server();
      var opened = registry.get("lhttp.connections.opened").functionCounter();
      try (var client = TestClient.connect(server.uri())) {
        assertThat(client.request(Message.of("chat", "hi")).body()).isEqualTo("hi");

        assertThat(opened.count()).isEqualTo(0);
        nanos.addAndGet(1_000_000_001);
        assertThat(opened.count()).isEqualTo(1);
      }
    });
  }

  private static void reaches(double expected, DoubleSupplier value) {
    Eventually.holds("the figure is " + expected, () -> value.getAsDouble() == expected);
  }

  static class Links {
    @Bean
    @LhttpProcessor("chat")
    Processor chat() {
      return exchange -> exchange.send(exchange.request().body());
    }

    @Bean
    @LhttpFilter("gate")
    Gate gate() {
      return new Gate();
    }
  }

  /** Refuses one text, and has a figure of its own. */
  static final class Gate implements Filter, MetricSource {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      return exchange.request().body().equals("no")
          ? exchange.refuse(403, "no")
          : chain.proceed(exchange);
    }

    @Override
    public List<Metric> metrics() {
      return List.of(Metric.gauge("own_figure", "A figure of the test.", 7));
    }
  }
}
