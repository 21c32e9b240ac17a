package io.lhttp.nats.internal.link;

import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.NatsTls;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;

/** Translates {@link NatsSettings} into jnats' options. */
final class LinkOptions {
  /** jnats drops a connection whose server sends nothing for twice this time. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(5);

  private static final Duration RECONNECT_WAIT = Duration.ofMillis(250);
  private static final int FOR_EVER = -1;

  private LinkOptions() {}

  /**
   * The options of one connection, without its connection listener.
   *
   * @throws IllegalArgumentException if files for TLS can't be used
   */
  static Options.Builder of(NatsSettings settings, String name, ErrorListener errors) {
    var options =
        new Options.Builder()
            .servers(settings.servers().stream().map(URI::toString).toArray(String[]::new))
            .connectionName(name)
            .subjectValidationType(Options.SubjectValidationType.None) // Subjects escapes names
            .maxReconnects(FOR_EVER)
            .reconnectWait(RECONNECT_WAIT)
            .connectionTimeout(settings.connectTime())
            .pingInterval(PING_INTERVAL)
            .requestCleanupInterval(Duration.ofSeconds(1)) // jnats then ends unanswered ones
            .socketWriteTimeout(PING_INTERVAL)
            .maxMessagesInOutgoingQueue(Integer.MAX_VALUE) // SendBudget bounds the bytes
            .reconnectBufferSize(2L * settings.bufferBytes()) // SendBudget refuses earlier
            .errorListener(errors);
    if (settings.localDelivery()) {
      options.noEcho();
    }
    if (settings.subjectPrefix().isEmpty()) {
      options.supportUTF8Subjects();
    }
    if (settings.user().isPresent() && settings.password().isPresent()) {
      options.userInfo(
          settings.user().get().toCharArray(), settings.password().get().toCharArray());
    }
    settings.token().ifPresent(token -> options.token(token.toCharArray()));
    settings
        .nkey()
        .ifPresent(seed -> options.authHandler(Nats.staticCredentials(null, seed.toCharArray())));
    settings
        .credentials()
        .ifPresent(file -> options.authHandler(Nats.credentials(file.toString())));
    if (secure(settings)) {
      try {
        options.sslContext(settings.tls().orElse(NatsTls.DEFAULT).context());
      } catch (IOException | GeneralSecurityException e) {
        throw new IllegalArgumentException("TLS to NATS: " + e.getMessage(), e);
      }
      // A certificate names a host: jnats must not replace the name by an address.
      options.hostnameResolveMode(Options.HostnameResolveMode.HappyEyeballs);
    }
    return options;
  }

  private static boolean secure(NatsSettings settings) {
    return settings.tls().isPresent()
        || settings.servers().stream().anyMatch(server -> "tls".equals(server.getScheme()));
  }
}
