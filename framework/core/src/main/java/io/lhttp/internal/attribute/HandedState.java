package io.lhttp.internal.attribute;

import io.lhttp.Connection;
import io.lhttp.internal.attribute.Conversion.UnfitException;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Converts the state that a link hands over to the type of its successor, so that it leads to no
 * class that the successor does not see. Stateless; it runs constructors of records, which are code
 * of users.
 */
public final class HandedState {
  /** A state of more objects is refused, because the check keeps track of all of them. */
  private static final int MAX_OBJECTS = 1_000_000;

  /** Deeper values are refused: they may contain themselves. */
  private static final int MAX_DEPTH = 64;

  /** Packages and classes of the JDK and the server that hold no objects of users. */
  private static final List<String> HARMLESS =
      List.of(
          "io.lhttp.ClientKey",
          "io.lhttp.CloseStatus",
          "io.lhttp.Outcome",
          "io.lhttp.Principal",
          "io.lhttp.channel.",
          "io.lhttp.message.",
          "java.io.",
          "java.lang.Process",
          "java.lang.StringBuffer",
          "java.net.",
          "java.nio.",
          "java.security.",
          "java.sql.",
          "java.text.",
          "java.util.concurrent.atomic.AtomicIntegerArray",
          "java.util.concurrent.atomic.AtomicLongArray",
          "java.util.concurrent.locks.",
          "java.util.jar.",
          "java.util.random.",
          "java.util.zip.",
          "javax.crypto.",
          "javax.management.ObjectName",
          "javax.net.",
          "sun.nio.",
          "sun.security.",
          // Comparators of sorted collections.
          "java.lang.String$CaseInsensitiveComparator",
          "java.util.Collections$ReverseComparator",
          "java.util.Comparators$NaturalOrderComparator");

  /** Collections that hold nothing but their elements, although they are nested classes. */
  private static final List<String> PLAIN =
      List.of("java.util.Collections$Empty", "java.util.Collections$Singleton");

  private final Predicate<ClassLoader> unseen;
  private final ReplacedClassSearch search;

  /** Whether the value has an object of a jar's class, or of another class of users. */
  private boolean hasOthers;

  private HandedState(Predicate<ClassLoader> unseen) {
    this.unseen = unseen;
    this.search = new ReplacedClassSearch(unseen, MAX_OBJECTS);
  }

  private static final String HINT =
      ". Hand over records, enums, collections of these and objects of the JDK; end others in"
          + " handOver() and create them anew in takeOver()";

  /** A state that the successor can't have. */
  public static final class LostException extends Exception {
    private static final long serialVersionUID = 1L;

    LostException(String reason) {
      super(reason);
    }
  }

  /**
   * A state that fits the successor.
   *
   * @param state empty if there is none
   * @param mayOwnThreads whether the state has an object of a jar's class; false if the successor
   *     has the predecessor's class
   */
  public record Fitting(Optional<Object> state, boolean mayOwnThreads) {
    public static final Fitting NONE = new Fitting(Optional.empty(), false);
  }

  /**
   * Returns the state itself if it fits, else a copy with classes of the successor.
   *
   * @param to the link that takes over
   * @throws LostException with the class and the reason
   */
  public static Fitting convert(Object state, Object to) throws LostException {
    var type = StateType.of(to.getClass());
    var own = to.getClass().getClassLoader();
    var conversion = new HandedState(loader -> !sees(own, loader));
    var fitting = Optional.of(conversion.convert(state, type));
    return new Fitting(fitting, conversion.hasOthers);
  }

  private static boolean sees(@Nullable ClassLoader own, ClassLoader loader) {
    for (var at = own; at != null; at = at.getParent()) {
      if (at.equals(loader)) {
        return true;
      }
    }
    return ServerLoaders.contain(loader);
  }

  private Object convert(Object state, Type type) throws LostException {
    try {
      var misfit = misfit(state, type, 0);
      if (misfit == null) {
        return state;
      }
      var detacher = new ValueDetacher(unseen, MAX_OBJECTS);
      var detached = detacher.detach(state);
      if (detached == null) {
        throw new LostException(detacher.reason() + HINT);
      }
      var converted = Conversion.typed(detached, type);
      if (converted == null) {
        throw new LostException(
            "%s, and a %s can't become a %s: the type in HandsOver<...> has to name each record"
                    .formatted(misfit, state.getClass().getName(), type.getTypeName())
                + HINT);
      }
      var left = misfit(converted, type, 0);
      if (left != null) {
        throw new LostException(left + HINT);
      }
      return converted;
    } catch (UnfitException e) {
      throw new LostException(
          "its %s does not fit the new class: %s".formatted(e.className(), e.getMessage()));
    } catch (RuntimeException e) { // a map throws if another thread changes it
      throw new LostException("it can't be read: " + e);
    }
  }

  /** Returns the reason why a value is no value of the type; null if it is one. */
  private @Nullable String misfit(@Nullable Object value, Type declared, int depth) {
    if (value == null) {
      return null;
    }
    if (depth > MAX_DEPTH) {
      return "it is nested too deeply, or contains itself";
    }
    var type = Conversion.bound(declared);
    var raw = type instanceof ParameterizedType generic ? generic.getRawType() : type;
    if (!(raw instanceof Class<?> wanted)
        || value instanceof DetachedValue
        || !MethodType.methodType(wanted).wrap().returnType().isInstance(value)) {
      return "%s is no %s".formatted(value.getClass().getName(), declared.getTypeName());
    }
    var arguments =
        type instanceof ParameterizedType generic
            ? List.of(generic.getActualTypeArguments())
            : List.<Type>of();
    return value.getClass().getClassLoader() == null
        ? ofJdk(value, arguments, depth)
        : ofOthers(value);
  }

  private @Nullable String ofJdk(Object value, List<Type> arguments, int depth) {
    var type = value.getClass();
    if (ReplacedClassSearch.isValue(type)) {
      return null;
    }
    return switch (value) {
      case Class<?> named -> replaced(named) ? misfit(named) : null;
      case Object[] array when replaced(type) -> misfit(array.getClass());
      case Object[] array -> each(Arrays.asList(array), Object.class, depth);
      case Map<?, ?> map when owns(type) -> {
        var byKey = each(map.keySet(), argument(arguments, 2, 0), depth);
        var byValue = byKey == null ? each(map.values(), argument(arguments, 2, 1), depth) : byKey;
        yield byValue == null && map instanceof SortedMap<?, ?> sorted
            ? misfit(sorted.comparator(), Object.class, depth + 1)
            : byValue;
      }
      case Collection<?> collection when owns(type) -> {
        var byElement = each(collection, argument(arguments, 1, 0), depth);
        yield byElement == null
            ? misfit(comparator(collection), Object.class, depth + 1)
            : byElement;
      }
      case Optional<?> optional ->
          misfit(optional.orElse(null), argument(arguments, 1, 0), depth + 1);
      case AtomicReference<?> reference ->
          misfit(reference.get(), argument(arguments, 1, 0), depth + 1);
      case Map<?, ?> unused -> view(type);
      case Collection<?> unused -> view(type);
      default -> type.isArray() ? null : harmless(type);
    };
  }

  private static String view(Class<?> type) {
    return type.getName() + " is a view that hides the collection behind it";
  }

  /** Checks objects of the server, of jars and of sources. */
  private @Nullable String ofOthers(Object value) {
    var type = value.getClass();
    if (replaced(type)) {
      return misfit(type);
    } else if (ServerLoaders.contain(type.getClassLoader())) {
      return value instanceof Connection ? null : harmless(type);
    }
    hasOthers = true;
    return search.findsReplacedClass(value)
        ? type.getName() + " leads to an object of a replaced class"
        : null;
  }

  private @Nullable String each(Collection<?> values, Type type, int depth) {
    for (var value : values) {
      var misfit = misfit(value, type, depth + 1);
      if (misfit != null) {
        return misfit;
      }
    }
    return null;
  }

  private boolean replaced(Class<?> type) {
    var element = type;
    while (element.isArray()) {
      element = element.getComponentType();
    }
    var loader = element.getClassLoader();
    return loader != null && unseen.test(loader);
  }

  private static String misfit(Class<?> replaced) {
    return replaced.getName() + " is replaced";
  }

  private static @Nullable String harmless(Class<?> type) {
    return !ClassLoader.class.isAssignableFrom(type) && begins(type, HARMLESS)
        ? null
        : type.getName() + " may lead to an object of a replaced class";
  }

  private static boolean begins(Class<?> type, List<String> names) {
    return names.stream().anyMatch(type.getName()::startsWith);
  }

  /** Whether a collection is no view of another one. */
  private static boolean owns(Class<?> type) {
    return ReplacedClassSearch.ownsItsContents(type)
        || type.equals(ConcurrentHashMap.KeySetView.class)
        || begins(type, PLAIN);
  }

  private static @Nullable Object comparator(Collection<?> collection) {
    return switch (collection) {
      case SortedSet<?> sorted -> sorted.comparator();
      case PriorityQueue<?> queue -> queue.comparator();
      case PriorityBlockingQueue<?> queue -> queue.comparator();
      default -> null;
    };
  }

  /** The type of the elements; {@code Object} if a class was declared without its parameters. */
  private static Type argument(List<Type> arguments, int count, int i) {
    return arguments.size() == count ? arguments.get(i) : Object.class;
  }
}
