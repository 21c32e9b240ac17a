package io.lhttp.app.assembly;

import io.lhttp.Metric;
import io.lhttp.app.settings.FetchTarget;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.settings.Settings.Reload;
import io.lhttp.app.settings.Settings.ScriptLimits;
import io.lhttp.control.Control;
import io.lhttp.scripts.ScriptHost;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The script host of an application; it outlives reloads, with the state that scripts share. It is
 * created when the first script is loaded, because that takes time. All threads may use it.
 */
public final class Scripts implements AutoCloseable {
  /** The most time of a reload for warm-ups; a quarter of the deadline if that is less. */
  private static final Duration WARM_UPS = Duration.ofSeconds(5);

  private final ScriptLimits limits;
  private final Duration warmUps;
  private final boolean warm;
  private final boolean ready;
  private final boolean errorDetail;
  private final boolean permissionsIgnored;
  private final UnaryOperator<ScriptHost.Builder> tuning;

  /**
   * The host after its creation. Written while the lock of this object is held, for as long as the
   * creation takes; read without the lock, so that readers never wait for the creation.
   */
  private volatile Optional<ScriptHost> host = Optional.empty();

  /** The operations of the running server. Guarded by the lock of this object. */
  private Optional<Control> control = Optional.empty();

  /** Whether the server takes messages. Guarded by the lock of this object. */
  private boolean started;

  /**
   * @param tuning changes the builder of the script host after the settings were applied to it
   */
  Scripts(Mode mode, Settings settings, UnaryOperator<ScriptHost.Builder> tuning) {
    this.tuning = tuning;
    limits = settings.scripts();
    warm = mode.reload(settings.reload()) == Reload.WARM;
    var quarter = settings.reload().deadline().dividedBy(4);
    warmUps = quarter.compareTo(WARM_UPS) < 0 ? quarter : WARM_UPS;
    ready = limits.ready() == ScriptLimits.Ready.LOADED;
    errorDetail = mode == Mode.DEV;
    permissionsIgnored = settings.filePermissions() == Settings.FilePermissions.IGNORED;
  }

  public synchronized ScriptHost host() {
    if (host.isEmpty()) {
      var builder =
          ScriptHost.builder()
              .threads(limits.threads().count())
              .fetch(limits.fetch().stream().map(FetchTarget::uri).toList())
              .callTime(limits.callTime())
              .bodyBytes(limits.bodyBytes())
              .attributeBytes(limits.attributeBytes())
              .sharedBytes(limits.sharedBytes())
              .warm(warm)
              .startCold(!started)
              .errorDetail(errorDetail);
      if (permissionsIgnored) {
        builder.ignoreFilePermissions();
      }
      var built = tuning.apply(builder).build();
      built.allowWarmUps(warmUps);
      control.ifPresent(built::control);
      host = Optional.of(built);
    }
    return host.get();
  }

  /** {@code compiled}, or {@code interpreted, because …}; empty if there is no script. */
  public Optional<String> runtime() {
    return host.map(ScriptHost::runtime);
  }

  /** Gives the scripts of a reload their time for warm-ups, before the reload loads them. */
  void reloading() {
    host.ifPresent(running -> running.allowWarmUps(warmUps));
  }

  /** Sets the operations of {@code ctx.server}, once there is a server. */
  public synchronized void control(Control control) {
    this.control = Optional.of(control);
    host.ifPresent(created -> created.control(control));
  }

  /** Tells the host that the server takes messages; it continues its warm-up in the background. */
  public synchronized void started() {
    started = true;
    host.ifPresent(ScriptHost::started);
  }

  /** Returns the metrics of what all scripts share; none if there is no script. */
  public List<Metric> metrics() {
    return host.map(ScriptHost::metrics).orElse(List.of());
  }

  /**
   * The reason why scripts make the server not ready: {@code warming} while their warm-up runs and
   * the settings ask for it; else empty.
   */
  public Optional<String> unready() {
    return ready ? Optional.empty() : host.filter(ScriptHost::warming).map(_ -> "warming");
  }

  /** The address at which DevTools debug the scripts; empty without a debugger or a script. */
  public Optional<String> inspector() {
    return host.flatMap(ScriptHost::inspector);
  }

  /** Closes all scripts; must be called after the server is closed. */
  @Override
  public void close() {
    host.ifPresent(ScriptHost::close);
  }
}
