package io.lhttp.scripts;

import java.util.List;

/**
 * The kind of link that a script is. It decides which functions a script may export, and which it
 * must export.
 */
@SuppressWarnings("ImmutableEnumChecker") // the list in each constant is immutable
enum Role {
  FILTER(
      "filter",
      List.of("before", "after", "onOpen", "onJoin", "onLeave", "onClose", "onReview"),
      6),
  PROCESSOR("processor", List.of("onMessage", "onOpen", "onLeave", "onClose"), 1);

  final String word;

  /** The names of these functions, in the order in which error messages show them. */
  final List<String> handlers;

  /** A script must export at least one of the first {@code required} functions. */
  private final int required;

  Role(String word, List<String> handlers, int required) {
    this.word = word;
    this.handlers = handlers;
    this.required = required;
  }

  /** Whether a call of this handler concerns a message. */
  boolean hasMessage(Handler handler) {
    return switch (handler) {
      case BEFORE, AFTER, ON_MESSAGE -> true;
      case ON_OPEN -> this == PROCESSOR;
      case ON_JOIN, ON_REVIEW, ON_LEAVE, ON_CLOSE -> false;
    };
  }

  List<String> required() {
    return handlers.subList(0, required);
  }
}
