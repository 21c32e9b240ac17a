package io.lhttp.bench;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Lets a main class and others take turns. Its parent process, which passes {@code --turns yes},
 * writes a line for each turn; the first turn is a warm-up.
 */
final class TurnSignals {
  private static final String OPTION = "turns";

  /** Without turns: the main class never waits. */
  static final TurnSignals NONE = new TurnSignals(false);

  private final boolean waits;

  private TurnSignals(boolean waits) {
    this.waits = waits;
  }

  static TurnSignals of(Args args) {
    return args.option(OPTION).isPresent() ? new TurnSignals(true) : NONE;
  }

  /** Returns these options with the option for turns. */
  static List<String> and(List<String> options) {
    return Stream.concat(options.stream(), Stream.of(OPTION)).toList();
  }

  /** Waits for the next turn if there are turns; ends the process if none comes. */
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
