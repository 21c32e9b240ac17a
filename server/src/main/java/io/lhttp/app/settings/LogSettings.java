package io.lhttp.app.settings;

import io.lhttp.app.logging.Logging;
import java.util.Optional;

/**
 * How the log is written.
 *
 * @param level none for what the environment says, see {@link Logging}
 */
public record LogSettings(Format format, Optional<Level> level) {
  static final LogSettings DEFAULT = new LogSettings(Format.LINES, Optional.empty());

  /** For people or for programs. */
  public enum Format {
    LINES,
    JSON
  }

  /** What is less severe is left out. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }
}
