package io.lhttp.app.code.leak;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.SoftReference;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads fields of objects, also private ones, without running code of users. The launcher opens
 * some packages of the JDK to this class; fields in other packages of the JDK are skipped. Confined
 * to one thread.
 */
final class FieldReader {
  private final Map<Class<?>, List<Field>> instanceFields = new HashMap<>();

  /**
   * Returns the instance fields that refer to objects, with inherited ones. Leaves out the fields
   * of {@code Reference}: the JVM may clear a referent, so that it holds nothing. Leaves out
   * cleanups, too: the JDK's list of them leads from one timer to all others.
   */
  List<Field> of(Class<?> type) {
    return instanceFields.computeIfAbsent(type, FieldReader::find);
  }

  private static List<Field> find(Class<?> type) {
    var found = new ArrayList<Field>();
    for (Class<?> c = type; c != null && c != Reference.class; c = c.getSuperclass()) {
      add(c, false, found);
    }
    found.removeIf(field -> field.getType() == Cleaner.Cleanable.class);
    return found;
  }

  /**
   * Returns the static fields that refer to objects; empty for a class that is not initialised yet,
   * because reading a static field would initialise it.
   */
  static List<Field> staticOf(Class<?> type) {
    var found = new ArrayList<Field>();
    if (isInitialised(type)) {
      add(type, true, found);
    }
    return found;
  }

  private static void add(Class<?> type, boolean statics, List<Field> to) {
    try {
      for (var field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) == statics
            && !field.getType().isPrimitive()
            && field.trySetAccessible()) {
          to.add(field);
        }
      }
    } catch (LinkageError e) {
      // a class of a jar may refer to a class that is missing
    }
  }

  /** Reads a field; null if its value is null or can't be read. */
  static @Nullable Object read(Field field, @Nullable Object owner) {
    try {
      return field.get(owner);
    } catch (IllegalAccessException | RuntimeException | LinkageError e) {
      return null;
    }
  }

  /**
   * Reads a private field of a class of the JDK; null if its value is null or can't be read, or if
   * there is no such field.
   */
  static @Nullable Object read(Class<?> type, String name, @Nullable Object owner) {
    try {
      var field = type.getDeclaredField(name);
      return field.trySetAccessible() ? read(field, owner) : null;
    } catch (NoSuchFieldException e) {
      return null;
    }
  }

  /**
   * Reads a private field that the class of an object of the JDK declares; null if there is no
   * object, and as for {@link #read(Class, String, Object)}.
   */
  static @Nullable Object value(@Nullable Object owner, String name) {
    return owner == null ? null : read(owner.getClass(), name, owner);
  }

  /** Reads a static field of a class; null as for {@link #read(Class, String, Object)}. */
  static @Nullable Object readStatic(String type, String name) {
    try {
      return read(Class.forName(type), name, null);
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  /** As {@link #readStatic}; null, too, if the class is not initialised yet. */
  static @Nullable Object readStaticIfInitialised(String type, String name) {
    try {
      var found = Class.forName(type, false, FieldReader.class.getClassLoader());
      return isInitialised(found) ? read(found, name, null) : null;
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  /**
   * Returns a class of the JDK that must exist, because the caller locks it as its own methods do.
   */
  static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the referent of a soft reference; null for any other object. */
  static @Nullable Object soft(Object value) {
    return value instanceof SoftReference<?> soft ? soft.get() : null;
  }

  /** Returns whether a class is initialised, without initialising it. */
  private static boolean isInitialised(Class<?> type) {
    try {
      return !(boolean) Initialised.ASK.invoke(Initialised.UNSAFE, type);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return false;
    }
  }

  /** The JDK's internal method that tells whether a class is initialised. */
  private static final class Initialised {
    static final Object UNSAFE;
    static final Method ASK;

    static {
      try {
        var type = Class.forName("jdk.internal.misc.Unsafe");
        UNSAFE = type.getMethod("getUnsafe").invoke(null);
        ASK = type.getMethod("shouldBeInitialized", Class.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }
  }
}
