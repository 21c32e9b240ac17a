package io.lhttp.control;

import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import java.util.List;

/**
 * A part of a channel's history.
 *
 * @param head the position of the newest entry
 * @param recovered whether the entries follow the requested position without a gap; true without
 *     one
 * @param entries oldest first
 * @param truncated whether there are more entries after the last one
 */
public record HistoryPage(
    Position head, boolean recovered, List<History.Entry> entries, boolean truncated) {
  public HistoryPage {
    entries = List.copyOf(entries);
  }
}
