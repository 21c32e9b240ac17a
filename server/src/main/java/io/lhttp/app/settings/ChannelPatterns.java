package io.lhttp.app.settings;

import io.lhttp.RefusedException;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.SecretMask;
import io.lhttp.channel.ChannelName;
import java.util.ArrayList;

/**
 * Checks settings that are keyed by channel. Each key is a channel's name, or the beginning of
 * names followed by {@code *}; the first key that fits a channel decides. A key is an error if
 * earlier keys decide for all its channels.
 */
final class ChannelPatterns {
  private static final String ANY = "*";

  private ChannelPatterns() {}

  /** Adds a problem for each key of this setting that decides for no channel. */
  static void check(String name, Node root, Problems problems) {
    if (root instanceof Mapping all
        && all.entry(name).map(Node.Entry::value).orElse(null) instanceof Mapping mapping) {
      check(name, mapping, problems);
    }
  }

  private static void check(String name, Mapping mapping, Problems problems) {
    var before = new ArrayList<Node.Entry>();
    for (var entry : mapping.entries()) {
      var pattern = entry.key();
      if (!possible(pattern)) {
        problems.add(
            entry.place(),
            "%s: expected a channel's name, or the beginning of one and *, not '%s'",
            name,
            SecretMask.word(pattern));
        continue;
      }
      before.stream()
          .filter(earlier -> covers(earlier.key(), pattern))
          .findFirst()
          .ifPresent(earlier ->
              problems.add(
                  entry.place(),
                  "%s: '%s' is never reached: '%s' in line %d comes first, and the first that"
                      + " fits decides",
                  name,
                  SecretMask.word(pattern),
                  SecretMask.word(earlier.key()),
                  earlier.place().line()));
      before.add(entry);
    }
  }

  private static boolean possible(String pattern) {
    var beginning = beginning(pattern);
    if (beginning.contains(ANY)) {
      return false;
    }
    try {
      ChannelName.require(beginning.isEmpty() ? pattern : beginning);
      return true;
    } catch (RefusedException e) {
      return false;
    }
  }

  private static boolean covers(String earlier, String later) {
    return earlier.endsWith(ANY) && beginning(later).startsWith(beginning(earlier));
  }

  private static String beginning(String pattern) {
    return pattern.endsWith(ANY) ? pattern.substring(0, pattern.length() - 1) : pattern;
  }
}
