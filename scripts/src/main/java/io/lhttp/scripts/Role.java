package io.lhttp.scripts;

import java.util.List;

/** What a script is loaded as: which functions it may export, and which make it one. */
@SuppressWarnings("ImmutableEnumChecker") // its list is
enum Role {
  FILTER("filter", List.of("before", "after", "onOpen", "onClose", "onReview"), 4),
  PROCESSOR("processor", List.of("onMessage", "onOpen", "onClose"), 1);

  final String word;

  /** In the order in which error messages name them. */
  final List<String> handlers;

  /** One of the first so many has to be there. */
  private final int required;

  Role(String word, List<String> handlers, int required) {
    this.word = word;
    this.handlers = handlers;
    this.required = required;
  }

  /** Whether a handler is called with a message. */
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
