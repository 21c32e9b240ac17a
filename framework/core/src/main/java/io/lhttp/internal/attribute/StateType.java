package io.lhttp.internal.attribute;

import io.lhttp.HandsOver;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the type of the state that a class takes over, with its parameters. Stateless. */
final class StateType {
  private StateType() {}

  /** A parameterized type whose variables are replaced. */
  private record Parameterized(Type raw, List<Type> arguments) implements ParameterizedType {
    @Override
    public Type[] getActualTypeArguments() {
      return arguments.toArray(Type[]::new);
    }

    @Override
    public Type getRawType() {
      return raw;
    }

    @Override
    public @Nullable Type getOwnerType() {
      return null;
    }

    @Override
    public String getTypeName() {
      return arguments.stream()
          .map(Type::getTypeName)
          .collect(Collectors.joining(", ", raw.getTypeName() + "<", ">"));
    }
  }

  /** Returns the argument of {@link HandsOver}; {@code Object} if the class has left it out. */
  static Type of(Class<?> link) {
    var found = find(link, Map.of());
    return found == null ? Object.class : found;
  }

  private static @Nullable Type find(Type type, Map<TypeVariable<?>, Type> known) {
    var variables = new HashMap<TypeVariable<?>, Type>();
    Class<?> raw;
    if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> c) {
      raw = c;
      var arguments = generic.getActualTypeArguments();
      for (var i = 0; i < arguments.length; i++) {
        variables.put(raw.getTypeParameters()[i], replaced(arguments[i], known));
      }
    } else if (type instanceof Class<?> c) {
      raw = c;
    } else {
      return null;
    }
    if (raw == HandsOver.class) {
      return variables.get(raw.getTypeParameters()[0]);
    }
    var parents = Stream.<@Nullable Type>of(raw.getGenericInterfaces());
    for (var parent :
        Stream.concat(parents, Stream.ofNullable(raw.getGenericSuperclass())).toList()) {
      var found = parent == null ? null : find(parent, variables);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static Type replaced(Type type, Map<TypeVariable<?>, Type> known) {
    return switch (type) {
      case TypeVariable<?> variable -> known.getOrDefault(variable, variable.getBounds()[0]);
      case ParameterizedType generic ->
          new Parameterized(
              generic.getRawType(),
              Stream.of(generic.getActualTypeArguments())
                  .map(each -> replaced(each, known))
                  .toList());
      default -> type;
    };
  }
}
