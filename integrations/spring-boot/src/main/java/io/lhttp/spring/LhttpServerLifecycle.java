package io.lhttp.spring;

import io.lhttp.chain.ChainException;
import io.lhttp.channel.Broker;
import io.lhttp.filters.presence.Presence;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Origins;
import io.lhttp.server.SlowConsumers;
import io.lhttp.spring.LhttpStartException.Problem;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;

/**
 * Starts and stops the server with the application. Each start creates a server of the same beans.
 * All threads may use it.
 *
 * <p>The server starts right after the application's own web server. It stops in the phase in which
 * that one shuts down gracefully: it drains at the same time, and within the same time.
 */
public final class LhttpServerLifecycle implements SmartLifecycle {
  /** The phase of the graceful shutdown of Spring Boot's web servers. */
  public static final int PHASE = DEFAULT_PHASE - 1024;

  /** The property that has the server's port while it runs. */
  public static final String PORT = "local.lhttp.port";

  private static final Logger log = LoggerFactory.getLogger(LhttpServerLifecycle.class);

  /** The source in which Spring Boot publishes the ports of its web servers. */
  private static final String PORTS = "server.ports";

  private static final String SHUTDOWN = "server.shutdown";
  private static final String SHUTDOWN_TIME = "spring.lifecycle.timeout-per-shutdown-phase";
  private static final Duration DEFAULT_SHUTDOWN_TIME = Duration.ofSeconds(30);

  private final LhttpProperties properties;
  private final ChainBeans chain;
  private final BrokerFactory brokers;
  private final List<LhttpServerCustomizer> customizers;
  private final ApplicationContext context;
  private final Optional<ApplicationAvailability> availability;
  private final Object lock = new Object();

  /** Null while the server does not run. Written under the lock. */
  private volatile @Nullable Running running;

  private record Running(LhttpServer server, Broker broker) {}

  LhttpServerLifecycle(
      LhttpProperties properties,
      ChainBeans chain,
      BrokerFactory brokers,
      List<LhttpServerCustomizer> customizers,
      ApplicationContext context,
      Optional<ApplicationAvailability> availability) {
    this.properties = properties;
    this.chain = chain;
    this.brokers = brokers;
    this.customizers = List.copyOf(customizers);
    this.context = context;
    this.availability = availability;
  }

  /**
   * The running server.
   *
   * @throws IllegalStateException if it does not run
   */
  public LhttpServer server() {
    return find()
        .orElseThrow(() ->
            new IllegalStateException(
                "the LHTTP server does not run; it starts after all beans are created, and in tests"
                    + " with @LhttpTest"));
  }

  /** The running server; empty while none runs. */
  public Optional<LhttpServer> find() {
    return Optional.ofNullable(running).map(Running::server);
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  @Override
  public boolean isAutoStartup() {
    return properties.autoStartup();
  }

  @Override
  public boolean isRunning() {
    return running != null;
  }

  /**
   * Starts the server; does nothing if it runs.
   *
   * @throws LhttpStartException if the address is in use, or a file can't be used
   */
  @Override
  public void start() {
    synchronized (lock) {
      if (running != null) {
        return;
      }
      var presence =
          Optional.of(properties.presenceRules()).filter(r -> !r.isEmpty()).map(Presence::new);
      var broker = brokers.create(properties.histories());
      var served = presence.map(p -> p.over(broker)).orElse(broker);
      LhttpServer server = null;
      try {
        server = start(presence, served);
      } finally {
        if (server == null) {
          close(served);
        }
      }
      running = new Running(server, served);
      publishPort(server.port());
      log.info("LHTTP server started uri={} chain={}", server.uri(), chain);
    }
  }

  /** Drains and stops the server, and blocks until that is done. */
  @Override
  public void stop() {
    synchronized (lock) {
      var stopping = running;
      if (stopping == null) {
        return;
      }
      log.info("LHTTP server stops connections={}", stopping.server.statistics().connections());
      try {
        if (!"immediate".equalsIgnoreCase(environment().getProperty(SHUTDOWN))
            && !stopping.server.drain()) {
          log.warn("connections were cut, as their drain took too long");
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      } finally {
        running = null;
        stopping.server.close();
        close(stopping.broker);
        log.info("LHTTP server stopped");
      }
    }
  }

  /** Stops the server as {@link #stop()} does, on a thread of its own. */
  @Override
  public void stop(Runnable callback) {
    var unused =
        Thread.ofPlatform()
            .name("lhttp-stop")
            .start(() -> {
              try {
                stop();
              } finally {
                callback.run();
              }
            });
  }

  private LhttpServer start(Optional<Presence> presence, Broker broker) {
    var builder = builder();
    customizers.forEach(customizer -> customizer.customize(builder));
    try {
      return builder.broker(broker).chain(chain.spec(presence)).start();
    } catch (BindException inUse) {
      throw new LhttpStartException(
          List.of(
              new Problem(
                  PropertyPlaces.of(environment(), "lhttp.listen"),
                  properties.listen().toString(),
                  String.valueOf(inUse.getMessage()),
                  "Stop the program that has this address, or choose another in lhttp.listen;"
                      + " port 0 is a free one.")));
    } catch (IOException failed) {
      throw new LhttpStartException(List.of(problem(failed)));
    } catch (ChainException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Finds the property that names the file, or else that of the transport, which is all else. */
  private Problem problem(IOException failed) {
    var files = new LinkedHashMap<String, String>();
    var tls = properties.tls();
    if (tls != null) {
      files.put("lhttp.tls.certificate", String.valueOf(tls.certificate()));
      files.put("lhttp.tls.key", String.valueOf(tls.key()));
    }
    files.put("lhttp.public", String.valueOf(properties.publicFolder()));
    var file = failed instanceof FileSystemException system ? system.getFile() : null;
    var property =
        files.entrySet().stream()
            .filter(entry -> entry.getValue().equals(file))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(tls == null ? "lhttp.transport" : "lhttp.tls.certificate");
    var reason =
        switch (failed) {
          case NoSuchFileException missing -> "there is no such file";
          case NotDirectoryException missing -> "there is no such folder";
          case AccessDeniedException denied -> "this process may not read it";
          default -> String.valueOf(failed.getMessage());
        };
    return new Problem(
        PropertyPlaces.of(environment(), property),
        files.getOrDefault(property, properties.transport().name()),
        reason,
        "Correct the property; relative paths begin at the working directory.");
  }

  private LhttpServer.Builder builder() {
    var builder =
        LhttpServer.builder()
            .host(properties.listen().host())
            .port(properties.listen().port())
            .transport(properties.transport())
            .limits(properties.limits().limits())
            .origins(Origins.ofRules(properties.origins()))
            .hosts(properties.hostCheck())
            .trustedProxies(properties.proxies())
            .publishEndpoint(properties.publishEndpoint())
            .slowConsumers(SlowConsumers.of(new LinkedHashMap<>(properties.slowConsumers())))
            .compression(properties.compression())
            .drain(properties.drain().within(shutdownTime()))
            .readiness(this::unready);
    var tls = properties.tls();
    if (tls != null && tls.certificate() != null && tls.key() != null) {
      builder.tls(tls.certificate(), tls.key());
    }
    if (properties.publicFolder() != null) {
      builder.publicFolder(Path.of(properties.publicFolder()));
    }
    return builder;
  }

  private Duration shutdownTime() {
    return environment().getProperty(SHUTDOWN_TIME, Duration.class, DEFAULT_SHUTDOWN_TIME);
  }

  private Optional<String> unready() {
    return availability
        .filter(state -> state.getReadinessState() == ReadinessState.REFUSING_TRAFFIC)
        .map(state -> "the application refuses traffic");
  }

  private Environment environment() {
    return context.getEnvironment();
  }

  private void publishPort(int port) {
    for (var each = context; each != null; each = each.getParent()) {
      if (each.getEnvironment() instanceof ConfigurableEnvironment environment) {
        ports(environment).put(PORT, port);
      }
    }
  }

  @SuppressWarnings("unchecked") // Spring Boot makes the source in the same way
  private static Map<String, Object> ports(ConfigurableEnvironment environment) {
    var sources = environment.getPropertySources();
    var source = sources.get(PORTS);
    if (source == null) {
      source = new MapPropertySource(PORTS, new HashMap<>());
      sources.addFirst(source);
    }
    return (Map<String, Object>) source.getSource();
  }

  private static void close(Broker broker) {
    try {
      broker.close();
    } catch (Exception failed) {
      log.warn("failed to close the broker", failed);
    }
  }
}
