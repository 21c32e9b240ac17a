package io.lhttp.app.config;

import com.google.errorprone.annotations.FormatMethod;
import java.util.ArrayList;
import java.util.List;

/** Collects errors, so that one run reports all of them. Not thread-safe. */
public final class Problems {
  private final List<Problem> found = new ArrayList<>();

  @FormatMethod
  public void add(Place place, String message, Object... arguments) {
    found.add(new Problem(place, message.formatted(arguments)));
  }

  public List<Problem> found() {
    return List.copyOf(found);
  }

  /** The number of errors so far. */
  public int size() {
    return found.size();
  }

  public void throwIfAny() throws ConfigurationException {
    if (!found.isEmpty()) {
      throw new ConfigurationException(found);
    }
  }
}
