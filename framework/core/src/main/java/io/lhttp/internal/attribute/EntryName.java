package io.lhttp.internal.attribute;

import java.lang.ref.WeakReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The name of a stored attribute, with the class loader of the code that stored it. Immutable. */
public final class EntryName {
  public final String name;

  /** The counted size of a script's value; 0 for other values. */
  public final int bytes;

  /**
   * The class loader of the code that stored the value; weak, because a connection may outlive the
   * code. Null for the server's own code.
   */
  private final @Nullable WeakReference<ClassLoader> owner;

  public EntryName(String name, @Nullable ClassLoader owner) {
    this.name = name;
    this.bytes = 0;
    this.owner = owner == null || ServerLoaders.contain(owner) ? null : new WeakReference<>(owner);
  }

  /** Creates the name of a script's value, whose size is bounded. */
  public EntryName(String name, int bytes) {
    this.name = name;
    this.bytes = bytes;
    this.owner = null;
  }

  /** Whether the code that stored the value was replaced. */
  public boolean ownedBy(Predicate<ClassLoader> ended) {
    if (owner == null) {
      return false;
    }
    var loader = owner.get();
    return loader == null || ended.test(loader);
  }
}
