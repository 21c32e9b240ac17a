package io.lhttp.app.tracing;

import io.lhttp.AddressBlock;
import io.lhttp.MetricSource;
import io.lhttp.app.settings.TracingSettings;
import io.lhttp.tracing.Tracer;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Records a server's spans and exports them. It belongs to the run of a server. */
public interface SpanRecorder extends Tracer, MetricSource, AutoCloseable {
  /**
   * Starts a recorder; empty if the environment switches it off by {@code OTEL_SDK_DISABLED} or
   * {@code OTEL_TRACES_EXPORTER}.
   *
   * @param proxies the trusted proxies' addresses
   * @param environment the variables of the process
   * @throws IllegalArgumentException if a variable is malformed; the message is for the operator
   */
  static Optional<SpanRecorder> start(
      TracingSettings settings,
      List<AddressBlock> proxies,
      Function<String, @Nullable String> environment) {
    var variables = new OtelVariables(environment);
    return variables.off()
        ? Optional.empty()
        : Optional.of(OtlpRecorder.start(settings, proxies, variables));
  }

  /**
   * Follows the settings of the running application; without settings nothing is recorded.
   *
   * @param settings called for each span, so it must return at once
   */
  void follow(Supplier<Optional<TracingSettings>> settings);

  /** Exports the waiting spans, for some seconds at most. */
  @Override
  void close();
}
