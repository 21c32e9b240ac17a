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
  /**
   * The interval of pings to NATS. jnats drops a connection from which nothing has come for twice
   * this time.
   */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(5);

  private static final Duration RECONNECT_WAIT = Duration.ofMillis(250);
  private static final int FOR_EVER = -1;

  private LinkOptions() {}

  /**
   * Returns the options of one connection; the caller adds the connection listener.
   *
   * @throws IllegalArgumentException if files for TLS can't be used
   */
  static Options.Builder of(NatsSettings settings, String name, ErrorListener errors) {
    var options =
        new Options.Builder()
            .servers(settings.servers().stream().map(URI::toString).toArray(String[]::new))
            .connectionName(name)
            // the class Subjects escapes names
            .subjectValidationType(Options.SubjectValidationType.None)
            .maxReconnects(FOR_EVER)
            .reconnectWait(RECONNECT_WAIT)
            .connectionTimeout(settings.connectTime())
            .pingInterval(PING_INTERVAL)
            // after this time jnats ends requests without an answer
            .requestCleanupInterval(Duration.ofSeconds(1))
            .socketWriteTimeout(PING_INTERVAL)
            // the class SendBudget bounds the bytes instead
            .maxMessagesInOutgoingQueue(Integer.MAX_VALUE)
            // the class SendBudget refuses publications earlier
            .reconnectBufferSize(2L * settings.bufferBytes())
            .errorListener(errors);
    if (settings.localDelivery()) {
      options.noEcho();
    }
    if (settings.subjectPrefix().isEmpty()) {
      options.supportUTF8Subjects();
    }
    if (settings.user().isPresent() && settings.password().isPresent()) {
      options.userInfo(
          settings.user().get().toCharArray(), settings.password().get().text().toCharArray());
    }
    settings.token().ifPresent(token -> options.token(token.text().toCharArray()));
    settings
        .nkey()
        .ifPresent(
            seed -> options.authHandler(Nats.staticCredentials(null, seed.text().toCharArray())));
    settings
        .credentials()
        .ifPresent(file -> options.authHandler(Nats.credentials(file.toString())));
    if (secure(settings)) {
      try {
        options.sslContext(settings.tls().orElse(NatsTls.DEFAULT).context());
      } catch (IOException | GeneralSecurityException e) {
        throw new IllegalArgumentException("TLS to NATS: " + e.getMessage(), e);
      }
      // jnats must not replace the host's name by its address, because a certificate names the
      // host.
      options.hostnameResolveMode(Options.HostnameResolveMode.HappyEyeballs);
    }
    return options;
  }

  private static boolean secure(NatsSettings settings) {
    return settings.tls().isPresent()
        || settings.servers().stream().anyMatch(server -> "tls".equals(server.getScheme()));
  }
}
