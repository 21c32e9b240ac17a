package io.lhttp.app.assembly;

import io.lhttp.app.settings.FetchTarget;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.settings.Settings.Reload;
import io.lhttp.app.settings.Settings.ScriptLimits;
import io.lhttp.scripts.ScriptHost;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Where an application's scripts run. It outlives reloads, with what scripts share; and it is only
 * made once there is a script, as it takes its time. Safe for all threads.
 */
public final class Scripts implements AutoCloseable {
  private final ScriptLimits limits;
  private final boolean warm;
  private final boolean ready;
  private final boolean errorDetail;
  private final boolean permissionsIgnored;
  private final UnaryOperator<ScriptHost.Builder> tuning;

  /** Written under this lock, which is held while it is made: whoever looks does not wait. */
  private volatile Optional<ScriptHost> host = Optional.empty();

  /** Guarded by this. */
  private boolean started;

  /**
   * @param tuning has the last word
   */
  Scripts(Mode mode, Settings settings, UnaryOperator<ScriptHost.Builder> tuning) {
    this.tuning = tuning;
    limits = settings.scripts();
    warm = mode.reload(settings.reload()) == Reload.WARM;
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
      host = Optional.of(tuning.apply(builder).build());
    }
    return host.get();
  }

  /** How scripts run; none where there is no script. */
  public Optional<String> runtime() {
    return host.map(ScriptHost::runtime);
  }

  /** The server takes messages: what is still to be done for scripts is done in the background. */
  public synchronized void started() {
    started = true;
    host.ifPresent(ScriptHost::started);
  }

  /** Whether a server is not ready because its scripts are still being rehearsed. */
  public boolean warming() {
    return !ready && host.filter(ScriptHost::warming).isPresent();
  }

  /** Where DevTools debug them; none where nobody may, or there is no script. */
  public Optional<String> inspector() {
    return host.flatMap(ScriptHost::inspector);
  }

  /** Ends all scripts; to be closed after the server. */
  @Override
  public void close() {
    host.ifPresent(ScriptHost::close);
  }
}
