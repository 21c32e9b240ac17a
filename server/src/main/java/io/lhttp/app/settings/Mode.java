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

/** What a command makes of settings that leave it the choice. */
public enum Mode {
  /** For this machine alone, and quick to stop. */
  DEV("localhost"),
  /** For everybody. */
  SERVE("0.0.0.0");

  private static final Duration PROBATION = Duration.ofSeconds(30);
  private static final Duration QUICK = Duration.ofSeconds(2);

  private final String host;

  Mode(String host) {
    this.host = host;
  }

  /** Where to listen, unless the settings say it. */
  public String host() {
    return host;
  }

  public Origins origins(List<OriginRule> listed) {
    var origins = Origins.of(listed);
    return this == DEV ? origins.orLocalhost() : origins;
  }

  /** The names to answer to. A developer's machine is reached by the pages of any site. */
  public Hosts hosts(List<HostRule> listed) {
    if (this == DEV) {
      return Hosts.only(listed).orMachine();
    }
    return listed.isEmpty() ? Hosts.any() : Hosts.only(listed);
  }

  /** Whether messages are explained to whoever asks. */
  public boolean trace(Optional<Boolean> written) {
    return written.orElse(this == DEV);
  }

  /** How scripts go live: a developer waits for them. */
  public Reload reload(ReloadSettings written) {
    return written.scripts().orElse(this == DEV ? Reload.FAST : Reload.WARM);
  }

  /**
   * How long a new generation is watched. A developer who breaks something wants to see it break.
   */
  public Duration probation(Optional<Duration> written) {
    return written.orElse(this == DEV ? Duration.ZERO : PROBATION);
  }

  /** The admin listener: in development only where it is written. */
  public Optional<AdminAccess> admin(AdminSettings written) {
    return this == DEV && !written.chosen() ? Optional.empty() : written.access();
  }

  public Drain drain(Drain written) {
    return this == DEV && written.deadline().compareTo(QUICK) > 0
        ? new Drain(QUICK, written.perSecond(), written.retryAfter())
        : written;
  }
}
