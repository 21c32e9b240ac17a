package io.lhttp.app.api.json;

import io.lhttp.internal.text.Json;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a JSON text, written as a normalized path of RFC 9535, with dots where that allows
 * them.
 */
final class JsonPath {
  static final JsonPath ROOT = new JsonPath(null, "$");

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final @Nullable JsonPath parent;
  private final String step;

  private JsonPath(@Nullable JsonPath parent, String step) {
    this.parent = parent;
    this.step = step;
  }

  JsonPath member(String name) {
    return new JsonPath(this, name);
  }

  JsonPath item(int index) {
    return new JsonPath(this, "[" + index + "]");
  }

  @Override
  public String toString() {
    if (parent == null) {
      return step;
    } else if (step.startsWith("[")) {
      return parent + step;
    }
    return parent + (PLAIN.matcher(step).matches() ? "." + step : "[" + Json.value(step) + "]");
  }
}
