package io.lhttp.app.settings;

import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.debug.Debugger;
import io.lhttp.app.settings.Settings.Reload;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The key {@code reload}: {@code warm}, {@code fast}, or {@code { scripts: warm, deadline: 60s }}.
 *
 * @param scripts how scripts go live; by default {@code warm} in {@code serve}, {@code fast} in
 *     {@code dev}
 * @param deadline the time after which a reload is abandoned; 1h at most
 */
public record ReloadSettings(Optional<Reload> scripts, Duration deadline) {
  private static final Duration LONGEST = Duration.ofHours(1);

  /** With an attached debugger: the longest deadline, because a reload may stop at a breakpoint. */
  static final ReloadSettings DEFAULT =
      new ReloadSettings(
          Optional.empty(), Debugger.ofThisJvm().present() ? LONGEST : Duration.ofSeconds(60));

  public ReloadSettings {
    if (!deadline.isPositive() || deadline.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("deadline has to be positive, and 1h at most");
    }
  }

  static @Nullable ReloadSettings read(Node node, String name, Binder binder) {
    if (node instanceof Mapping || node instanceof Nothing) {
      return binder.bind(ReloadSettings.class, node, name, DEFAULT).orElse(null);
    }
    var scripts = binder.value(Reload.class, node, name, Reload.WARM);
    return new ReloadSettings(Optional.of(scripts), DEFAULT.deadline());
  }
}
