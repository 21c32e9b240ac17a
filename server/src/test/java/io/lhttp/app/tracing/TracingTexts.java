package io.lhttp.app.tracing;

import io.lhttp.app.settings.Share;
import io.lhttp.app.settings.TracingSettings;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Settings of tracing without a file. */
final class TracingTexts {
  private TracingTexts() {}

  static TracingSettings settings(URI collector, String sample) {
    return new TracingSettings(
        Optional.of(collector),
        Optional.of(Share.parse(sample)),
        Map.of(),
        Optional.empty(),
        Map.of(),
        List.of(),
        false,
        false);
  }
}
