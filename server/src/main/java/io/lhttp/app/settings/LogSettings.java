package io.lhttp.app.settings;

import io.lhttp.app.logging.Logging;
import java.util.Optional;

/**
 * The key {@code log}.
 *
 * @param level empty for the level of the environment, see {@link Logging}
 */
public record LogSettings(Format format, Optional<Level> level) {
  static final LogSettings DEFAULT = new LogSettings(Format.LINES, Optional.empty());

  /** Lines for people, or JSON for programs. */
  public enum Format {
    LINES,
    JSON
  }

  /** The lowest level that is logged. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }
}
