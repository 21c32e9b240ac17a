package io.lhttp.app;

import io.lhttp.app.Settings.Reload;
import io.lhttp.app.Settings.ScriptLimits;
import io.lhttp.scripts.ScriptHost;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Where an application's scripts run. It outlives reloads, with what scripts share; and it is only
 * made once there is a script, as it takes its time. Safe for all threads.
 */
final class Scripts implements AutoCloseable {
  private final ScriptLimits limits;
  private final boolean warm;
  private final boolean errorDetail;
  private final InstantSource clock;

  /** Guarded by this. */
  private Optional<ScriptHost> host = Optional.empty();

  Scripts(Mode mode, Settings settings, InstantSource clock) {
    this.clock = clock;
    limits = settings.scripts();
    warm = mode.reload(settings.reload()) == Reload.WARM;
    errorDetail = mode == Mode.DEV;
  }

  synchronized ScriptHost host() {
    if (host.isEmpty()) {
      host =
          Optional.of(
              new ScriptHost.Builder()
                  .threads(limits.threads().count())
                  .fetch(limits.fetch().stream().map(FetchTarget::uri).toList())
                  .callTime(limits.callTime())
                  .bodyBytes(limits.bodyBytes())
                  .sharedBytes(limits.sharedBytes())
                  .warm(warm)
                  .errorDetail(errorDetail)
                  .clock(clock)
                  .build());
    }
    return host.get();
  }

  /** How scripts run; none where there is no script. */
  synchronized Optional<String> runtime() {
    return host.map(ScriptHost::runtime);
  }

  /** Ends all scripts; to be closed after the server. */
  @Override
  public synchronized void close() {
    host.ifPresent(ScriptHost::close);
  }
}
