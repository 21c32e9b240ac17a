package io.lhttp.spring;

import io.lhttp.nats.NatsBroker;
import io.lhttp.nats.NatsJetStream;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.NatsTls;
import java.util.Optional;
import org.springframework.util.ClassUtils;

/** Creates brokers over NATS. All but {@link #present} needs the artifact {@code lhttp-nats}. */
final class NatsBrokers {
  private NatsBrokers() {}

  /** Whether the artifact {@code lhttp-nats} is on the class path. */
  static boolean present() {
    return ClassUtils.isPresent("io.lhttp.nats.NatsBroker", NatsBrokers.class.getClassLoader());
  }

  static BrokerFactory factory(NatsProperties properties) {
    var settings = settings(properties);
    return histories -> new NatsBroker(settings, histories);
  }

  static NatsSettings settings(NatsProperties properties) {
    var tls =
        new NatsTls(
            Optional.ofNullable(properties.tls().ca()),
            Optional.ofNullable(properties.tls().certificate()),
            Optional.ofNullable(properties.tls().key()));
    return new NatsSettings(
        properties.servers(),
        Optional.ofNullable(properties.user()),
        Optional.ofNullable(properties.password()),
        Optional.ofNullable(properties.token()),
        Optional.ofNullable(properties.nkey()),
        Optional.ofNullable(properties.credentials()),
        tls.equals(NatsTls.DEFAULT) ? Optional.empty() : Optional.of(tls),
        properties.subjectPrefix(),
        NatsSettings.WhenAway.valueOf(properties.whenAway().name()),
        properties.bufferBytes().asInt(),
        properties.localDelivery(),
        properties.connectTime(),
        new NatsJetStream(
            properties.jetstream().replicas(), properties.jetstream().streamBytes().bytes()));
  }
}
