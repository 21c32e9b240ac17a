package io.lhttp.scripts.context;

import io.lhttp.Attributes;
import io.lhttp.scripts.text.BytesValue;
import io.lhttp.scripts.text.JavaValues;
import io.lhttp.scripts.text.JsonText;
import io.lhttp.scripts.text.ValueSizes;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a connection or exchange, as scripts see them. The bytes of values that scripts
 * store are bounded. Scripts do not see values of Java that have no form in JavaScript. All threads
 * may use it.
 */
public abstract class AttributeValues {
  /** The names of attributes with this beginning belong to the server. */
  private static final String RESERVED = "lhttp.";

  /** The approximate memory of an entry in bytes, beyond its name and value. */
  private static final int OVERHEAD = 64;

  /** Returns the attributes. Other threads may use them at the same time. */
  abstract Attributes store();

  /** The most bytes of all values that scripts store here. */
  abstract long maxBytes();

  public static AttributeValues of(Attributes attributes, long maxBytes) {
    return new OfExchange(attributes, maxBytes);
  }

  @HostAccess.Export
  public @Nullable Object get(String name) {
    var value = store().find(name);
    return value == null || name.startsWith(RESERVED) ? null : JavaValues.toScript(value);
  }

  // There is one method for each type of value, because converting a Value would cost more than the
  // rest of the call.

  @HostAccess.Export
  public void setText(String name, String value) {
    put(name, value);
  }

  @HostAccess.Export
  public void setNumber(String name, double value) {
    put(name, value);
  }

  @HostAccess.Export
  public void setFlag(String name, boolean value) {
    put(name, value);
  }

  @HostAccess.Export
  public void setJson(String name, String json) {
    put(name, new JsonText(json));
  }

  @HostAccess.Export
  public void setBytes(String name, Value buffer) {
    if (buffer.getBufferSize() > maxBytes()) {
      throw full();
    }
    put(name, BytesValue.read(buffer));
  }

  @HostAccess.Export
  public boolean remove(String name) {
    var attributes = store();
    synchronized (attributes) {
      requireVisible(name, attributes.find(name));
      return attributes.remove(name);
    }
  }

  private void put(String name, Object value) {
    var size = OVERHEAD + ValueSizes.utf8(name) + ValueSizes.of(value);
    var attributes = store();
    synchronized (attributes) {
      requireVisible(name, attributes.find(name));
      if (size > maxBytes() || !attributes.setBounded(name, value, (int) size, maxBytes())) {
        throw full();
      }
    }
  }

  private static void requireVisible(String name, @Nullable Object value) {
    if (name.startsWith(RESERVED)) {
      throw new IllegalStateException(
          "attributes that begin with '" + RESERVED + "' belong to the server: " + name);
    }
    if (value != null && !JavaValues.visible(value)) {
      throw new IllegalStateException(
          "the attribute '" + name + "' holds a Java object, which scripts can't replace");
    }
  }

  private IllegalStateException full() {
    return new IllegalStateException(
        "attributes hold " + maxBytes() + " bytes, see scripts.attribute-bytes");
  }

  /** Converts a string, number or boolean of a script to a Java object. */
  static Object plain(Value value) {
    if (value.isString()) {
      return value.asString();
    }
    if (value.isBoolean()) {
      return value.asBoolean();
    }
    return value.asDouble(); // JavaScript has only one type of number
  }

  /** The attributes of one exchange. */
  public static final class OfExchange extends AttributeValues {
    private final Attributes attributes;
    private final long maxBytes;

    private OfExchange(Attributes attributes, long maxBytes) {
      this.attributes = attributes;
      this.maxBytes = maxBytes;
    }

    @Override
    Attributes store() {
      return attributes;
    }

    @Override
    long maxBytes() {
      return maxBytes;
    }
  }
}
