package io.lhttp.app.code.leak;

import io.lhttp.app.code.UserCode;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for paths from known objects to replaced class loaders or to other objects, along strong
 * references, without stopping the threads that change these objects. Confined to one thread; it
 * keeps no object after its last use.
 */
final class HeapWalk {
  /** The number of hops that the log shows, those at the end of a path. */
  private static final int SHOWN = 4;

  /**
   * The most objects that a search visits from one registration, so that one does not use up the
   * bound that all roots share.
   */
  private static final int MOST_FROM_ROOT = 2_000;

  private static final int MOST_FROM_PLACE = 100_000;
  private static final int MOST_IN_ALL = 300_000;

  private final Set<ClassLoader> wanted;
  private final boolean soft;

  /** Whether the search goes on after it has found a loader, for holders of other kinds. */
  private final boolean everyKind;

  private final FieldReader fields = new FieldReader();
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<ClassLoader, Map<HolderKind, HoldReason>> found = new HashMap<>();
  private final Set<Object> objects = Collections.newSetFromMap(new IdentityHashMap<>());
  private final IdentityHashMap<Object, HoldReason> foundObjects = new IdentityHashMap<>();
  private int mostSeen;

  /**
   * An object on a path from a root.
   *
   * @param by the field through which the search came here, for the log; null for an element of an
   *     array
   */
  private record Step(Object value, @Nullable Step before, @Nullable Field by) {}

  /**
   * @param soft whether soft references are followed, too
   */
  HeapWalk(Set<ClassLoader> wanted, boolean soft) {
    this(wanted, soft, false);
  }

  private HeapWalk(Set<ClassLoader> wanted, boolean soft, boolean everyKind) {
    this.everyKind = everyKind;
    this.wanted = Collections.newSetFromMap(new IdentityHashMap<>());
    this.wanted.addAll(wanted);
    this.soft = soft;
  }

  /** Returns a search for one holder of each kind; its result is {@link #holds}. */
  static HeapWalk forEveryKind(Set<ClassLoader> wanted) {
    return new HeapWalk(wanted, false, true);
  }

  /** Returns a search for any objects; its result is {@link #foundObjects}. */
  static HeapWalk forObjects(Collection<?> objects) {
    return forObjects(objects, false);
  }

  /**
   * @param soft whether soft references are followed, too
   */
  static HeapWalk forObjects(Collection<?> objects, boolean soft) {
    var walk = new HeapWalk(Set.of(), soft);
    walk.objects.addAll(objects);
    return walk;
  }

  /** The objects of {@link #forObjects} that the search has reached, and the first path to each. */
  Map<Object, HoldReason> foundObjects() {
    return foundObjects;
  }

  private boolean complete() {
    return !everyKind && found.size() == wanted.size() && foundObjects.size() == objects.size();
  }

  /** The reason why each found loader is held: the first path that led to it. */
  Map<ClassLoader, HoldReason> found() {
    var first = new HashMap<ClassLoader, HoldReason>();
    found.forEach((loader, holds) -> first.put(loader, holds.values().iterator().next()));
    return first;
  }

  /** The first path of each kind that led to a loader, in the order of the roots. */
  Collection<HoldReason> holds(ClassLoader loader) {
    return found.getOrDefault(loader, Map.of()).values();
  }

  /**
   * Searches from objects that are registered in the JVM: many roots, each near the objects that it
   * holds.
   */
  void fromRegistrations(List<Root> registrations) {
    from(registrations, MOST_FROM_ROOT, MOST_IN_ALL);
  }

  /** Searches from objects that lead to a large part of the process, or of the users' objects. */
  void fromPlaces(List<Root> places) {
    from(places, MOST_FROM_PLACE, MOST_IN_ALL);
  }

  /** Searches from the running code, and then from the places that use it. */
  void fromRunning(Collection<UserCode> inUse, List<Root> places) {
    fromPlaces(Roots.code(inUse));
    fromPlaces(places);
  }

  /**
   * Follows the references from each root, breadth first.
   *
   * @param each the most objects to visit from one root, not counting those that an earlier root
   *     led to
   * @param all the most objects to visit in total
   */
  void from(List<Root> roots, int each, int all) {
    for (var root : roots) {
      from(root, Math.min(each, all - seen.size()));
    }
  }

  private void from(Root root, int most) {
    var last = seen.size() + most;
    Deque<Step> open = new ArrayDeque<>();
    var unfinished = new ArrayList<Object>();
    push(root.value(), null, null, open);
    while (!open.isEmpty() && !complete()) {
      var step = open.pop();
      var value = step.value();
      if (objects.contains(value) && !foundObjects.containsKey(value)) {
        foundObjects.put(value, hold(root, step));
      }
      if (reached(root, step)) {
        if (everyKind) {
          unfinished.add(value); // a root of another kind may lead here, too
        }
      } else {
        if (seen.size() < last) {
          follow(step, last, open);
        }
        if (seen.size() >= last) {
          unfinished.add(value);
        }
      }
    }
    mostSeen = Math.max(mostSeen, seen.size());
    open.forEach(step -> seen.remove(step.value()));
    unfinished.forEach(seen::remove); // another root may lead further
  }

  /** Adds the objects to which an object refers; of an array, only until the bound is reached. */
  private void follow(Step step, int last, Deque<Step> open) {
    var value = step.value();
    if (value instanceof Object[] array) {
      for (var i = 0; i < array.length && seen.size() < last; i++) {
        push(array[i], step, null, open);
      }
      return;
    }
    for (var field : fields.of(value.getClass())) {
      push(FieldReader.read(field, value), step, field, open);
    }
    if (soft) {
      push(FieldReader.soft(value), step, null, open);
    }
    if (Proxy.isProxyClass(value.getClass())) {
      push(FieldReader.read(Proxy.class, "h", value), step, null, open);
    }
  }

  /** The most objects that the search remembered at a time. */
  int mostSeen() {
    return mostSeen;
  }

  private void push(
      @Nullable Object value, @Nullable Step before, @Nullable Field by, Deque<Step> open) {
    if (value != null && !isPlain(value.getClass()) && seen.add(value)) {
      open.add(new Step(value, before, by));
    }
  }

  private static boolean isPlain(Class<?> type) {
    return (type.isArray() && type.getComponentType().isPrimitive())
        || type == String.class
        || type == Boolean.class
        || (Number.class.isAssignableFrom(type) && type.getName().startsWith("java.lang."));
  }

  /**
   * Returns whether the path has reached a replaced class or its loader; if so, remembers the path.
   */
  private boolean reached(Root root, Step step) {
    var loader = step.value() instanceof ClassLoader itself ? itself : loader(step.value());
    var hit = false;
    while (loader != null) {
      if (wanted.contains(loader)) {
        hit = true;
        found
            .computeIfAbsent(loader, _ -> new LinkedHashMap<>())
            .computeIfAbsent(root.by(), _ -> hold(root, step));
      }
      loader = loader.getParent();
    }
    return hit;
  }

  private static @Nullable ClassLoader loader(Object value) {
    var type = value instanceof Class<?> named ? named : value.getClass();
    while (type.isArray()) {
      type = type.getComponentType();
    }
    return type.getClassLoader();
  }

  private static HoldReason hold(Root root, Step last) {
    var hops = new ArrayList<String>();
    for (@Nullable Step step = last; step != null; step = step.before()) {
      var by = step.by();
      if (by != null && (!ofTheJdk(by.getDeclaringClass()) || isContext(by))) {
        hops.addFirst(name(by.getDeclaringClass()) + "." + by.getName());
      }
    }
    List<String> shown =
        hops.size() > SHOWN ? hops.subList(hops.size() - SHOWN, hops.size()) : hops;
    var path = new StringBuilder(root.words());
    if (shown.size() < hops.size()) {
      path.append(" → …");
    }
    shown.forEach(hop -> path.append(" → ").append(hop));
    path.append(" → ").append(target(last.value()));
    var common = root.by().label + String.join(" ", shown) + target(last.value());
    return new HoldReason(root.by(), common, path.toString(), root.advice());
  }

  /**
   * Whether the field holds the context class loader of a thread, which threads inherit, perhaps
   * without using it.
   */
  private static boolean isContext(Field field) {
    return field.getName().equals("contextClassLoader");
  }

  private static boolean ofTheJdk(Class<?> type) {
    return type.getClassLoader() == null || type.getModule().isNamed();
  }

  private static String target(Object value) {
    return switch (value) {
      case ClassLoader _ -> "the class loader";
      case Class<?> type -> "class " + name(type);
      default -> name(value.getClass());
    };
  }

  /** The name of a class; for a lambda without the number that the JVM appends. */
  static String name(Class<?> type) {
    var name = type.getTypeName();
    var hidden = type.isHidden() ? name.indexOf("/") : -1;
    return hidden < 0 ? name : name.substring(0, hidden);
  }
}
