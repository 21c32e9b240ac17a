package io.lhttp.app.settings;

import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.channel.Retention;
import io.lhttp.nats.NatsBroker;
import io.lhttp.nats.NatsSettings;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The key {@code broker}: the kind of the broker and its settings. */
public sealed interface BrokerChoice {
  /** The name of the broker in {@code lhttp.yaml}. */
  String word();

  /**
   * Creates a broker for a server; the caller closes it.
   *
   * @throws IllegalArgumentException if {@link #obstacle} has a reason
   */
  Broker make(Map<String, Retention> histories);

  /** The reason why this broker can't keep histories; empty if it can. */
  default Optional<String> obstacle() {
    return Optional.empty();
  }

  /** The reason why servers can't exchange presence over this broker; empty if they can. */
  default Optional<String> obstacleToPresence() {
    return Optional.empty();
  }

  /** Channels that live within this process alone. */
  record Memory() implements BrokerChoice {
    @Override
    public String word() {
      return "memory";
    }

    @Override
    public Broker make(Map<String, Retention> histories) {
      return new MemoryBroker(histories);
    }
  }

  /**
   * Channels that several servers share over NATS.
   *
   * @param settings the connection to NATS, and the storage of histories there
   */
  record Nats(NatsSettings settings) implements BrokerChoice {
    @Override
    public String word() {
      return "nats";
    }

    @Override
    public Broker make(Map<String, Retention> histories) {
      return new NatsBroker(settings, histories);
    }

    @Override
    public Optional<String> obstacle() {
      return settings.subjectPrefix().isEmpty()
          ? Optional.of("NATS keeps a history only under a subject-prefix, which is empty here")
          : Optional.empty();
    }

    /**
     * Servers exchange presence over subjects that no channel uses; only a subject prefix leaves
     * such subjects free.
     */
    @Override
    public Optional<String> obstacleToPresence() {
      return settings.subjectPrefix().isEmpty()
          ? Optional.of("with NATS it needs a subject-prefix, which is empty here")
          : Optional.empty();
    }
  }

  /** Reads {@code memory}, {@code nats}, or {@code nats} with its settings. */
  static @Nullable BrokerChoice read(Node node, String name, Binder binder) {
    if (node instanceof Scalar scalar && scalar.text().equals("memory")) {
      return new Memory();
    } else if (node instanceof Scalar scalar && scalar.text().equals("nats")) {
      return new Nats(NatsSettings.DEFAULT);
    } else if (node instanceof Mapping mapping
        && mapping.entries().size() == 1
        && mapping.entry("nats").isPresent()) {
      return binder
          .bind(NatsSettings.class, mapping.entry("nats").get().value(), name + ".nats")
          .map(Nats::new)
          .orElse(null);
    }
    binder
        .problems()
        .add(
            node.place(),
            "%s: expected memory, nats, or nats with its settings, not %s",
            name,
            node.describe(name));
    return null;
  }
}
