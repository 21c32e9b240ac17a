package io.lhttp.app.settings;

import java.util.Optional;

/**
 * The key {@code log}.
 *
 * @param format lines for people, or JSON for programs
 * @param level the lowest level that is logged; by default that of the variable {@code LHTTP_LOG},
 *     or else {@code info}
 */
public record LogSettings(Format format, Optional<Level> level) {
  static final LogSettings DEFAULT = new LogSettings(Format.LINES, Optional.empty());

  /** The form of the log. */
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
