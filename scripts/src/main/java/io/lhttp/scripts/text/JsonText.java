package io.lhttp.scripts.text;

import io.lhttp.ForeignValue;
import io.lhttp.internal.text.JsonReader;
import java.util.Objects;
import org.graalvm.polyglot.HostAccess;
import org.jspecify.annotations.Nullable;

/** A value of a script that is no string, number or boolean, kept as JSON outside of a context. */
public final class JsonText implements ForeignValue {
  private final String json;

  public JsonText(String json) {
    this.json = json;
  }

  /** The JSON, for the script to parse. */
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
