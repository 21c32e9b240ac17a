package io.lhttp.app.api.json;

import io.lhttp.internal.text.Json;
import org.jspecify.annotations.Nullable;

/** Writes records as JSON; fields without a value are left out. Stateless. */
public final class Written {
  private Written() {}

  /** Returns a record, or a list or map of records, as JSON without white space. */
  public static String json(@Nullable Object value) {
    return Json.value(plain(value));
  }

  /**
   * Returns the value as maps, lists, texts, numbers and truths, from which a larger value can be
   * built.
   */
  public static @Nullable Object plain(@Nullable Object value) {
    return Fields.plain(value);
  }
}
