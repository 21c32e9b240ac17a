package io.lhttp.bench.rivals;

import java.io.IOException;
import java.io.Serial;

/** No message came from a server in the time of a measurement. */
final class StalledException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  StalledException(Contestant contestant) {
    super("%s: no message came back".formatted(contestant.label));
  }
}
