package io.lhttp.app.settings;

import io.lhttp.Secrets;
import io.lhttp.app.api.ApiKey;
import io.lhttp.app.api.ApiKeys;
import io.lhttp.app.api.method.Method;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.config.SecretMask;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The key {@code api}.
 *
 * @param listen the address of a listener for the server API alone; a port alone is on this machine
 *     only. The admin listener has the API, too
 * @param keys the keys that may call the server API, by names of your own, which the audit log
 *     shows. A reload replaces them
 */
public record ApiSettings(Optional<Listen> listen, Map<String, ApiKey> keys) {
  static final ApiSettings DEFAULT = new ApiSettings(Optional.empty(), Map.of());

  private static final Secrets NOTHING = Secrets.of("no secret was read");

  private static final String METHODS = "methods";

  /** The host of a listener whose address has none. */
  private static final String HOST = "127.0.0.1";

  /** Whether there is a listener that nobody may use. */
  boolean useless() {
    return listen.isPresent() && keys.isEmpty();
  }

  /**
   * The keys as requests are compared with them.
   *
   * @throws IllegalArgumentException if the keys don't fit together, which the reader of the
   *     settings refuses at the key
   */
  public ApiKeys valid() {
    return new ApiKeys(keys);
  }

  /** The host of the API's own listener. */
  public static String host(Listen listen) {
    return listen.host().orElse(HOST);
  }

  /** Reads a key: its secret, or its secret with the methods that it may call. */
  static @Nullable ApiKey key(Node node, String name, Binder binder) {
    var before = binder.problems().size();
    var written =
        node instanceof Mapping
            ? binder.bind(WrittenKey.class, node, name)
            : secret(node, name, binder).map(secret -> new WrittenKey(secret, Set.of()));
    if (node instanceof Mapping mapping) {
      mapping.entry(METHODS).ifPresent(methods -> requireMethods(methods, name, binder));
    }
    if (written.isEmpty() || binder.problems().size() > before) {
      return null;
    }
    try {
      return new ApiKey(written.get().secret(), written.get().methods());
    } catch (IllegalArgumentException e) {
      binder
          .problems()
          .add(node.place(), "%s: %s", name, SecretMask.sentence(String.valueOf(e.getMessage())));
      return null;
    }
  }

  /** Refuses a list without methods, which must not mean all of them. */
  private static void requireMethods(Node.Entry entry, String name, Binder binder) {
    var none =
        entry.value() instanceof Nothing
            || (entry.value() instanceof Sequence list && list.items().isEmpty());
    if (none) {
      binder
          .problems()
          .add(
              entry.place(),
              "%s.%s: expected one method at least, such as [ publish ], not an empty list; leave"
                  + " the key '%s' out for all methods",
              name,
              METHODS,
              METHODS);
    }
  }

  private static Optional<Secrets> secret(Node node, String name, Binder binder) {
    var before = binder.problems().size();
    var secret = binder.value(Secrets.class, node, name, NOTHING);
    return binder.problems().size() > before ? Optional.empty() : Optional.of(secret);
  }

  /**
   * A key with keys below it.
   *
   * @param secret the text that requests send as {@code Authorization: Bearer} or in {@code
   *     x-api-key}, of 16 characters at least
   * @param methods the methods that the key may call, one at least; all if the key is absent
   */
  record WrittenKey(Secrets secret, Set<Method> methods) {}
}
