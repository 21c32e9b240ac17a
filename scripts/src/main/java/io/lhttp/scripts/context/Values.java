package io.lhttp.scripts.context;

import io.lhttp.AttributeKey;
import io.lhttp.Attributes;
import io.lhttp.scripts.text.JsonText;
import io.lhttp.scripts.text.Sizes;
import java.util.HashMap;
import java.util.Map;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a connection or exchange that scripts use, by name: one map among the Java
 * attributes, bounded in bytes. All threads may use it.
 */
public final class Values {
  private static final AttributeKey<Values> KEY = AttributeKey.of("scripts' attributes");

  /** The approximate cost of an entry beside its name and value. */
  private static final int OVERHEAD = 64;

  private final long maxBytes;

  /** The values by name. Guarded by this. */
  private final Map<String, Object> values = new HashMap<>(4);

  /** The counted bytes. Guarded by this. */
  private long bytes;

  private Values(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  public static Values of(Attributes attributes, long maxBytes) {
    return attributes.get(KEY, () -> new Values(maxBytes));
  }

  @HostAccess.Export
  public synchronized @Nullable Object get(String name) {
    return values.get(name);
  }

  // One method per type, because converting a Value costs more than the rest of the call.

  @HostAccess.Export
  public synchronized void setText(String name, String value) {
    put(name, value);
  }

  @HostAccess.Export
  public synchronized void setNumber(String name, double value) {
    put(name, value);
  }

  @HostAccess.Export
  public synchronized void setFlag(String name, boolean value) {
    put(name, value);
  }

  @HostAccess.Export
  public synchronized void setJson(String name, String json) {
    put(name, new JsonText(json));
  }

  @HostAccess.Export
  public synchronized boolean remove(String name) {
    var old = values.remove(name);
    if (old != null) {
      bytes -= size(name, old);
    }
    return old != null;
  }

  private void put(String name, Object value) {
    var old = values.get(name);
    var after = bytes - (old == null ? 0 : size(name, old)) + size(name, value);
    if (after > maxBytes) {
      throw new IllegalStateException(
          "attributes hold " + maxBytes + " bytes, see scripts.attribute-bytes");
    }
    bytes = after;
    values.put(name, value);
  }

  private static long size(String name, Object value) {
    return OVERHEAD + Sizes.utf8(name) + Sizes.of(value);
  }

  /** Converts a string, number or boolean of a script. */
  static Object plain(Value value) {
    if (value.isString()) {
      return value.asString();
    }
    if (value.isBoolean()) {
      return value.asBoolean();
    }
    return value.asDouble(); // JavaScript has only one type of number
  }
}
