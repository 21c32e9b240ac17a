package io.lhttp.app.code.leak;

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
 * Reads fields of objects, private ones too, and runs no code of users. The launcher opens packages
 * of the JDK for this; fields of other packages of the JDK are left out. Confined to one thread.
 */
final class Fields {
  private final Map<Class<?>, List<Field>> instanceFields = new HashMap<>();

  /** Returns the fields with objects, inherited ones included; without references of the JVM. */
  List<Field> of(Class<?> type) {
    return instanceFields.computeIfAbsent(type, Fields::find);
  }

  private static List<Field> find(Class<?> type) {
    var found = new ArrayList<Field>();
    for (Class<?> c = type; c != null && c != Reference.class; c = c.getSuperclass()) {
      add(c, false, found);
    }
    return found;
  }

  /** Returns the static fields with objects; empty for a class that is not initialised yet. */
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
      // a class of a jar may name one that is missing
    }
  }

  /** Reads a field; null if it is null or can't be read. */
  static @Nullable Object read(Field field, @Nullable Object owner) {
    try {
      return field.get(owner);
    } catch (IllegalAccessException | RuntimeException | LinkageError e) {
      return null;
    }
  }

  /** Reads a private field of the JDK; null if it is null, is absent or can't be read. */
  static @Nullable Object read(Class<?> type, String name, @Nullable Object owner) {
    try {
      var field = type.getDeclaredField(name);
      return field.trySetAccessible() ? read(field, owner) : null;
    } catch (NoSuchFieldException e) {
      return null;
    }
  }

  /** As {@link #read(Class, String, Object)}, for a static field of a class by its name. */
  static @Nullable Object readStatic(String type, String name) {
    try {
      return read(Class.forName(type), name, null);
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  /** Returns a class of the JDK that must exist, whose methods lock it. */
  static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns what a soft reference refers to. */
  static @Nullable Object soft(Object value) {
    return value instanceof SoftReference<?> soft ? soft.get() : null;
  }

  /** Reading a static field would initialise its class. */
  private static boolean isInitialised(Class<?> type) {
    try {
      return !(boolean) Initialised.ASK.invoke(Initialised.UNSAFE, type);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return false;
    }
  }

  /** The JDK's question whether a class is initialised. */
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
