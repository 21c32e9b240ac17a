package io.lhttp.bench;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Lets a main and others take turns: whoever started it with {@code --turns yes} writes a line for
 * each of its turns, the first of which is its warm-up.
 */
final class Turns {
  private static final String OPTION = "turns";

  /** It is always its turn. */
  static final Turns NONE = new Turns(false);

  private final boolean waits;

  private Turns(boolean waits) {
    this.waits = waits;
  }

  static Turns of(Args args) {
    return args.option(OPTION).isPresent() ? new Turns(true) : NONE;
  }

  /** These options and that of the turns. */
  static List<String> and(List<String> options) {
    return Stream.concat(options.stream(), Stream.of(OPTION)).toList();
  }

  /** Waits for the next turn, where there are turns; this process ends where none comes. */
  void await() throws IOException {
    while (waits) {
      switch (System.in.read()) {
        case '\n' -> {
          return;
        }
        case -1 -> System.exit(0);
        default -> {}
      }
    }
  }
}
