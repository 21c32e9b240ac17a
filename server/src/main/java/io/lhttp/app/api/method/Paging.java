package io.lhttp.app.api.method;

import java.util.Optional;

/** The fields that choose a part of a list. */
final class Paging {
  static final String AFTER =
      "lists what follows this name or id, such as the last one of a truncated list";
  static final String LIMIT = "the most items of the list; by default 100";
  static final String TRUNCATED = "whether the list goes on";

  /** The longest name or id. */
  static final int LONGEST_AFTER = Targets.MOST;

  private static final int DEFAULT = 100;

  private Paging() {}

  static int limit(Optional<Integer> limit) {
    return limit.orElse(DEFAULT);
  }
}
