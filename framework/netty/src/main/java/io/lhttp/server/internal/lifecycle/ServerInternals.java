package io.lhttp.server.internal.lifecycle;

import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.measure.CarrierWatch;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.internal.limit.Counters;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a running server that the application and tests use, and that are no API. The server
 * owns them, and all threads may use them.
 */
public record ServerInternals(
    ChainControl chain, Counters counters, BlockWatch loops, CarrierWatch carriers) {
  /**
   * Returns a server's internals. LhttpServer sets it when its class is loaded, before a server can
   * exist.
   */
  private static volatile @Nullable Function<LhttpServer, ServerInternals> accessor;

  /** Called once, by {@link LhttpServer}. */
  public static void accessor(Function<LhttpServer, ServerInternals> ofServer) {
    accessor = ofServer;
  }

  public static ServerInternals of(LhttpServer server) {
    return Objects.requireNonNull(accessor).apply(server);
  }
}
