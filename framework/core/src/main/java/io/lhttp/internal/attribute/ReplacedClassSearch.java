package io.lhttp.internal.attribute;

import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a value refers to a replaced class, directly or through other objects. The
 * search follows containers of the JDK and the fields of users' objects, and runs no users' code.
 * Confined to one thread.
 */
final class ReplacedClassSearch {
  private static final int MOST = 10_000;

  /** The most objects that all searches of one instance together may visit. */
  private static final int MOST_IN_ALL = 100_000;

  /** Classes of the JDK whose objects refer to no class of users. */
  private static final Set<String> VALUES =
      Set.of(
          "java.lang.String",
          "java.lang.Boolean",
          "java.lang.Character",
          "java.lang.Byte",
          "java.lang.Short",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Float",
          "java.lang.Double",
          "java.lang.Object",
          "java.lang.StringBuilder",
          "java.math.BigInteger",
          "java.math.BigDecimal",
          "java.net.URI",
          "java.net.Inet4Address",
          "java.net.Inet6Address",
          "java.net.InetSocketAddress",
          "java.util.BitSet",
          "java.util.Currency",
          "java.util.Date",
          "java.util.Locale",
          "java.util.OptionalDouble",
          "java.util.OptionalInt",
          "java.util.OptionalLong",
          "java.util.Random",
          "java.util.UUID",
          "java.util.concurrent.CountDownLatch",
          "java.util.concurrent.Semaphore",
          "java.util.concurrent.atomic.AtomicBoolean",
          "java.util.concurrent.atomic.AtomicInteger",
          "java.util.concurrent.atomic.AtomicLong",
          "java.util.concurrent.atomic.DoubleAdder",
          "java.util.concurrent.atomic.LongAdder",
          "java.util.concurrent.locks.ReentrantLock",
          "java.util.concurrent.locks.ReentrantReadWriteLock",
          "java.util.concurrent.locks.StampedLock",
          "java.util.regex.Pattern");

  private final Predicate<ClassLoader> ended;
  private final boolean ownerEnded;

  /** The most objects that one question may visit, and all questions together. */
  private final int most;

  private final int mostInAll;

  /** The answer if a value has more objects than {@link #most}. */
  private final boolean unclear;

  private int visited;

  /**
   * @param ended tests whether the classes of a class loader were replaced
   * @param ownerEnded the answer for an object whose content can't be read: true if the code that
   *     stored the value was replaced
   */
  ReplacedClassSearch(Predicate<ClassLoader> ended, boolean ownerEnded) {
    this.ended = ended;
    this.ownerEnded = ownerEnded;
    this.most = MOST;
    this.mostInAll = MOST_IN_ALL;
    this.unclear = ownerEnded;
  }

  /**
   * Answers with yes if a value has more objects than this. An object whose content can't be read
   * counts as an object of the server.
   */
  ReplacedClassSearch(Predicate<ClassLoader> ended, int most) {
    this.ended = ended;
    this.ownerEnded = false;
    this.most = most;
    this.mostInAll = Integer.MAX_VALUE;
    this.unclear = true;
  }

  boolean findsReplacedClass(Object value) {
    if (isValue(value.getClass())) {
      return false;
    }
    var seen = Collections.<Object>newSetFromMap(new IdentityHashMap<>());
    var open = new ArrayDeque<Object>();
    push(value, seen, open);
    while (!open.isEmpty()) {
      visited++;
      if (replaced(open.pop(), seen, open)) {
        return true;
      }
      if (seen.size() > most) {
        return unclear;
      }
    }
    return false;
  }

  /** Whether the searches have visited more objects than one value is worth. */
  boolean exhausted() {
    return visited > mostInAll;
  }

  private boolean replaced(Object value, Set<Object> seen, Deque<Object> open) {
    var type = value instanceof Class<?> named ? named : value.getClass();
    while (type.isArray()) {
      type = type.getComponentType();
    }
    var loader = type.getClassLoader();
    if (loader != null && ended.test(loader)) {
      return true;
    }
    if (value instanceof Class || type.isPrimitive() || isValue(value.getClass())) {
      return false;
    }
    if (value instanceof Object[] array) {
      for (var element : array) {
        push(element, seen, open);
      }
      return false;
    }
    if (loader == null) {
      return !contents(value, seen, open) && ownerEnded;
    }
    return !ServerLoaders.contain(loader) && fields(value, seen, open);
  }

  /** Adds the objects that a JDK object contains; returns false if they can't be read. */
  private boolean contents(Object value, Set<Object> seen, Deque<Object> open) {
    if (value instanceof SortedMap<?, ?> sorted) {
      push(sorted.comparator(), seen, open);
    } else if (value instanceof SortedSet<?> sorted) {
      push(sorted.comparator(), seen, open);
    } else if (value instanceof PriorityQueue<?> queue) {
      push(queue.comparator(), seen, open);
    } else if (value instanceof PriorityBlockingQueue<?> queue) {
      push(queue.comparator(), seen, open);
    }
    switch (value) {
      case Map<?, ?> map -> {
        if (!ownsItsContents(value.getClass())) {
          return false;
        }
        map.forEach((k, v) -> {
          push(k, seen, open);
          push(v, seen, open);
        });
        return true;
      }
      case ConcurrentHashMap.KeySetView<?, ?> view -> push(view.getMap(), seen, open);
      case Collection<?> collection -> {
        if (!ownsItsContents(value.getClass())) {
          return false;
        }
        collection.forEach(element -> push(element, seen, open));
      }
      case Optional<?> optional -> optional.ifPresent(inner -> push(inner, seen, open));
      case AtomicReference<?> reference -> push(reference.get(), seen, open);
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a JDK collection stores its elements itself, so that it is no view or wrapper of
   * another object.
   */
  static boolean ownsItsContents(Class<?> type) {
    return type.getEnclosingClass() == null
        || type.getName().startsWith("java.util.ImmutableCollections$")
        || type.getName().equals("java.util.Arrays$ArrayList");
  }

  /**
   * Adds the values of all fields; returns true if the fields can't be read and the code that
   * stored the value was replaced.
   */
  private boolean fields(Object value, Set<Object> seen, Deque<Object> open) {
    try {
      for (Class<?> c = value.getClass(); c != null; c = c.getSuperclass()) {
        var loader = c.getClassLoader();
        if (loader != null && ended.test(loader)) {
          return true;
        }
        if (loader == null) {
          return ownerEnded && !hasNoContents(c);
        }
        for (var field : c.getDeclaredFields()) {
          if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
            field.setAccessible(true);
            push(field.get(value), seen, open);
          }
        }
      }
      return false;
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return ownerEnded;
    }
  }

  /** Whether a superclass is the JDK's and has no fields that refer to users' objects. */
  private static boolean hasNoContents(Class<?> type) {
    return type == Object.class
        || type == Record.class
        || type == Enum.class
        || type.getName().startsWith("java.util.Abstract");
  }

  private static void push(@Nullable Object value, Set<Object> seen, Deque<Object> open) {
    if (value != null && seen.add(value)) {
      open.push(value);
    }
  }

  /** Whether objects of this class of the JDK lead to no object of another class. */
  static boolean isValue(Class<?> type) {
    return type.getClassLoader() == null
        && (VALUES.contains(type.getName())
            || type.isEnum()
            || (type.getName().startsWith("java.time.") && !type.getName().contains("Clock"))
            || type.getName().startsWith("sun.nio.fs.")
            || type.getName().startsWith("sun.nio.cs."));
  }
}
