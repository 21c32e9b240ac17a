package io.lhttp.internal.control;

import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.control.HistoryPage;
import java.util.Optional;

/** Reads pages of histories. */
final class Pages {
  private Pages() {}

  /** Reads entries of a history that {@linkplain History#reaches reaches} the position. */
  static HistoryPage read(History history, Optional<Position> since, int limit) {
    var head = new Position(history.epoch(), history.head());
    var continues =
        since.filter(p -> p.epoch().equals(history.epoch()) && history.holds(p.offset()));
    var page = history.after(continues.map(Position::offset).orElse(history.before(limit)), limit);
    var entries = page.entries();
    var last = entries.isEmpty() ? head.offset() : entries.getLast().offset();
    return new HistoryPage(
        head,
        since.isEmpty() || (continues.isPresent() && page.missed() == 0),
        entries,
        last < head.offset());
  }
}
