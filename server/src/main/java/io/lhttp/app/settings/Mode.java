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

/**
 * The defaults of the commands {@code dev} and {@code serve}, for settings that the configuration
 * leaves out.
 */
public enum Mode {
  /** The command {@code dev}, which by default listens on this machine only. */
  DEV("localhost"),
  /** The command {@code serve}, which by default listens on all interfaces. */
  SERVE("0.0.0.0");

  private static final Duration PROBATION = Duration.ofSeconds(30);
  private static final Duration QUICK = Duration.ofSeconds(2);

  private final String host;

  Mode(String host) {
    this.host = host;
  }

  /** The host on which the server listens by default. */
  public String host() {
    return host;
  }

  public Origins origins(List<OriginRule> listed) {
    var origins = Origins.ofRules(listed);
    return this == DEV ? origins.orLocalhost() : origins;
  }

  /**
   * The host names that the server answers. In {@code dev} they are the names of this machine,
   * because a page of an attacker could otherwise reach the developer's server by a domain that
   * resolves to this machine.
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

  /**
   * Whether scripts are warmed up before they go live; by default not in {@code dev}, because a
   * developer waits for the reload.
   */
  public Reload reload(ReloadSettings written) {
    return written.scripts().orElse(this == DEV ? Reload.FAST : Reload.WARM);
  }

  /**
   * The length of a probation; by default zero in {@code dev}, because a developer wants to see a
   * failing generation, not the one before.
   */
  public Duration probation(Optional<Duration> written) {
    return written.orElse(this == DEV ? Duration.ZERO : PROBATION);
  }

  /** The admin listener; empty in {@code dev} unless it is configured. */
  public Optional<AdminAccess> admin(AdminSettings written) {
    return this == DEV && !written.chosen() ? Optional.empty() : written.access();
  }

  public Drain drain(Drain written) {
    return this == DEV && written.deadline().compareTo(QUICK) > 0
        ? new Drain(QUICK, written.perSecond(), written.retryAfter())
        : written;
  }
}
