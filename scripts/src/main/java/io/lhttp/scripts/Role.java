package io.lhttp.scripts;

import java.util.List;

/**
 * The kind of link that a script is: the functions that it may export, and those that it must
 * export.
 */
@SuppressWarnings("ImmutableEnumChecker") // its list is
enum Role {
  FILTER("filter", List.of("before", "after", "onOpen", "onClose", "onReview"), 4),
  PROCESSOR("processor", List.of("onMessage", "onOpen", "onClose"), 1);

  final String word;

  /** The functions in the order in which error messages name them. */
  final List<String> handlers;

  /** The script must export one of the first this many functions. */
  private final int required;

  Role(String word, List<String> handlers, int required) {
    this.word = word;
    this.handlers = handlers;
    this.required = required;
  }

  /** Whether a handler's call has a message. */
  boolean hasMessage(Handler handler) {
    return switch (handler) {
      case BEFORE, AFTER, ON_MESSAGE -> true;
      case ON_OPEN -> this == PROCESSOR;
      case ON_REVIEW, ON_CLOSE -> false;
    };
  }

  List<String> required() {
    return handlers.subList(0, required);
  }
}
