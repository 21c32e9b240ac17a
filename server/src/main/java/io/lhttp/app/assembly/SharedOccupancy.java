package io.lhttp.app.assembly;

import io.lhttp.app.config.Problems;
import io.lhttp.app.settings.Settings.Link;
import io.lhttp.filters.occupancy.Occupancy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The occupancy of channels. The first reading of a folder creates it if a link needs it, because
 * the server's broker has to know it from the start; later readings share it. Used by the thread
 * that reads the folder.
 */
final class SharedOccupancy {
  private final boolean first;
  private final Optional<String> obstacle;
  private @Nullable Occupancy occupancy;

  /**
   * @param before what an earlier reading has found; empty for the first one
   * @param obstacle the reason why servers can't know each other over the broker
   */
  SharedOccupancy(Optional<Optional<Occupancy>> before, Optional<String> obstacle) {
    this.first = before.isEmpty();
    this.obstacle = obstacle;
    this.occupancy = before.flatMap(found -> found).orElse(null);
  }

  Optional<Occupancy> found() {
    return Optional.ofNullable(occupancy);
  }

  /** Returns the occupancy for a link that needs it; empty after a problem was added. */
  Optional<Occupancy> needed(Link link, Problems problems) {
    if (obstacle.isPresent()) {
      problems.add(
          link.place(), "%s: the events occupied and vacated: %s", link.name(), obstacle.get());
      return Optional.empty();
    }
    if (occupancy == null && !first) {
      problems.add(
          link.place(),
          "%s: the events occupied and vacated need a restart of the server, which counts"
              + " subscribers only if a link had these events when it started",
          link.name());
      return Optional.empty();
    }
    if (occupancy == null) {
      occupancy = new Occupancy();
    }
    return Optional.of(occupancy);
  }
}
