package io.lhttp.app.code;

import io.lhttp.Surroundings;
import io.lhttp.app.code.origin.ThreadOrigin;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.internal.chain.ContextLoader;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Creates instances of a user's class: with no arguments, or with its options as a record or a
 * {@code Map<String, Object>}. A constructor whose last parameter is {@link Surroundings} also gets
 * these.
 *
 * @param fingerprint a hash of the code and the options
 */
public record InstanceFactory<T>(
    Constructor<? extends T> constructor, List<Object> arguments, Place place, String fingerprint)
    implements Callable<T> {

  /**
   * Finds the constructor. If options are configured, it is one that takes a record, or else one
   * that takes a map; otherwise preferably one without parameters.
   *
   * @param name the name of the link in error messages
   * @param fingerprint called after the options were read, because they may name files whose
   *     content counts
   */
  public static <T> Optional<InstanceFactory<T>> of(
      String name,
      Class<? extends T> type,
      Place place,
      Node options,
      Binder binder,
      Supplier<String> fingerprint) {
    var none = constructor(type, List::isEmpty);
    if (options instanceof Nothing && none.isPresent()) {
      return none.map(found -> InstanceFactory.<T>with(found, List.of(), place, fingerprint.get()));
    }
    var record = constructor(type, types -> types.size() == 1 && types.getFirst().isRecord());
    if (record.isPresent()) {
      var bound = record.get().getParameterTypes()[0].asSubclass(Record.class);
      return binder
          .bind(bound, options, name)
          .map(argument ->
              InstanceFactory.<T>with(record.get(), List.of(argument), place, fingerprint.get()));
    }
    var map = constructor(type, types -> types.equals(List.of(Map.class)));
    if (map.isEmpty()) {
      var problems = binder.problems();
      if (none.isPresent()) {
        problems.add(
            place,
            "%s takes no options: its constructor has no record and no Map<String, Object>",
            name);
      } else {
        problems.add(
            place,
            "%s needs a constructor with no parameter, a record or a Map<String, Object>%s",
            name,
            ClassHints.constructors(type));
      }
      return Optional.empty();
    }
    return map.map(found ->
        InstanceFactory.<T>with(
            found, List.of(options.plain().orElse(Map.of())), place, fingerprint.get()));
  }

  /** Returns a factory for the same class and options in other surroundings. */
  public InstanceFactory<T> within(Surroundings surroundings) {
    var changed =
        arguments.stream()
            .map(argument -> argument instanceof Surroundings ? surroundings : argument)
            .toList();
    return new InstanceFactory<>(constructor, changed, place, fingerprint);
  }

  /** Returns a factory that gives each new instance to a last step. */
  public Completed<T> then(UnaryOperator<T> completion) {
    return new Completed<>(this, completion);
  }

  /**
   * A factory with a last step for each new instance.
   *
   * @param completion returns the instance, complete
   */
  public record Completed<T>(InstanceFactory<T> factory, UnaryOperator<T> completion)
      implements Callable<T> {
    @Override
    public T call() throws Exception {
      return completion.apply(factory.call());
    }

    /** Returns a factory for the same class, options and last step in other surroundings. */
    public Completed<T> within(Surroundings surroundings) {
      return new Completed<>(factory.within(surroundings), completion);
    }
  }

  private static <T> InstanceFactory<T> with(
      Constructor<? extends T> constructor, List<Object> options, Place place, String fingerprint) {
    var arguments = new ArrayList<>(options);
    if (takesSurroundings(constructor)) {
      arguments.add(Surroundings.REAL);
    }
    return new InstanceFactory<>(constructor, List.copyOf(arguments), place, fingerprint);
  }

  private static boolean takesSurroundings(Constructor<?> constructor) {
    var types = constructor.getParameterTypes();
    return types.length > 0 && types[types.length - 1] == Surroundings.class;
  }

  /**
   * @throws ConfigurationException if the constructor throws; it has the place in the configuration
   *     that names the class
   */
  @Override
  public T call() throws ConfigurationException {
    var type = constructor.getDeclaringClass();
    var name = type.getName();
    var loader = ContextLoader.of(type);
    var before = loader.enter();
    var origin = ThreadOrigin.begin();
    try {
      JarLoader.prepare(type);
      var made = constructor.newInstance(arguments.toArray());
      origin.made(made);
      return made;
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof OutOfMemoryError exhausted) {
        throw exhausted; // the JVM's fault, and not the constructor's
      }
      var cause = e.getCause() == null ? e : e.getCause();
      throw new ConfigurationException(
          List.of(
              new Problem(
                  place,
                  cause instanceof IllegalArgumentException invalid
                          && CauseText.message(invalid) != null
                      ? type.getSimpleName()
                          + ": "
                          + CauseText.message(invalid)
                          + CauseText.behind(invalid)
                      : "the constructor of " + name + " failed: " + CauseText.inWords(cause))),
          cause);
    } catch (ExceptionInInitializerError e) {
      throw new ConfigurationException(
          place,
          "the static initialiser of %s failed: %s"
              .formatted(name, CauseText.inWords(CauseText.root(e))));
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new ConfigurationException(
          place, "no " + name + " could be made: " + CauseText.inWords(e));
    } finally {
      origin.end();
      loader.leave(before);
    }
  }

  /** Finds a constructor with these parameter types, if possible with surroundings after them. */
  @SuppressWarnings("unchecked") // a class's own constructors make instances of it
  private static <T> Optional<Constructor<? extends T>> constructor(
      Class<? extends T> type, Predicate<List<Class<?>>> options) {
    return Arrays.stream((Constructor<? extends T>[]) type.getDeclaredConstructors())
        .filter(constructor -> options.test(options(constructor)))
        .filter(constructor -> !Modifier.isPrivate(constructor.getModifiers()))
        .filter(AccessibleObject::trySetAccessible)
        .max(Comparator.comparing(InstanceFactory::takesSurroundings))
        .map(found -> found);
  }

  private static List<Class<?>> options(Constructor<?> constructor) {
    var types = List.of(constructor.getParameterTypes());
    return takesSurroundings(constructor) ? types.subList(0, types.size() - 1) : types;
  }
}
