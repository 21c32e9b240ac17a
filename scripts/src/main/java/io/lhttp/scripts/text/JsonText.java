package io.lhttp.scripts.text;

import io.lhttp.ForeignValue;
import io.lhttp.internal.text.JsonReader;
import java.util.Objects;
import org.graalvm.polyglot.HostAccess;
import org.jspecify.annotations.Nullable;

/**
 * A value of a script that is no string, number or boolean. It is stored as JSON, so that it
 * outlives its context.
 */
public final class JsonText implements ForeignValue {
  private final String json;

  public JsonText(String json) {
    this.json = json;
  }

  /** Returns the JSON, which the script parses. */
  @HostAccess.Export
  public String text() {
    return json;
  }

  @Override
  public @Nullable Object toJava() {
    return JsonReader.read(json, JsonDepth.MOST);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JsonText that && that.json.equals(json);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(json);
  }
}
