package io.lhttp.app.settings;

import io.lhttp.app.settings.Settings.Reload;
import io.lhttp.server.Drain;
import io.lhttp.server.HostRule;
import io.lhttp.server.Hosts;
import io.lhttp.server.OriginRule;
import io.lhttp.server.Origins;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The defaults of a command for settings that are not configured. */
public enum Mode {
  /** {@code dev}: serves this machine only. */
  DEV("localhost"),
  /** {@code serve}: serves all clients. */
  SERVE("0.0.0.0");

  private static final Duration PROBATION = Duration.ofSeconds(30);
  private static final Duration QUICK = Duration.ofSeconds(2);

  private final String host;

  Mode(String host) {
    this.host = host;
  }

  /** The address to listen on by default. */
  public String host() {
    return host;
  }

  public Origins origins(List<OriginRule> listed) {
    var origins = Origins.ofRules(listed);
    return this == DEV ? origins.orLocalhost() : origins;
  }

  /**
   * The host names that the server answers. In development these are this machine's, because pages
   * of any site can reach a developer's machine.
   */
  public Hosts hosts(List<HostRule> listed) {
    if (this == DEV) {
      return Hosts.only(listed).orMachine();
    }
    return listed.isEmpty() ? Hosts.any() : Hosts.only(listed);
  }

  /** Whether clients may ask for traces. */
  public boolean trace(Optional<Boolean> written) {
    return written.orElse(this == DEV);
  }

  /** How scripts go live: in development without a warm-up, because a developer waits for them. */
  public Reload reload(ReloadSettings written) {
    return written.scripts().orElse(this == DEV ? Reload.FAST : Reload.WARM);
  }

  /**
   * The length of a probation. In development it is zero, because a developer wants to see a
   * failure.
   */
  public Duration probation(Optional<Duration> written) {
    return written.orElse(this == DEV ? Duration.ZERO : PROBATION);
  }

  /** The admin listener; in development only if it is configured. */
  public Optional<AdminAccess> admin(AdminSettings written) {
    return this == DEV && !written.chosen() ? Optional.empty() : written.access();
  }

  public Drain drain(Drain written) {
    return this == DEV && written.deadline().compareTo(QUICK) > 0
        ? new Drain(QUICK, written.perSecond(), written.retryAfter())
        : written;
  }
}
